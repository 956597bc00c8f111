import { closeSync, constants, ftruncateSync } from "node:fs";
import { join } from "node:path";
import { openOwnFile, readOwnFile } from "../host/files/own-files.ts";
import { writeAll } from "../host/files/write-all.ts";
import { bootId, startTimeOf } from "../host/process/identity.ts";
import { defined } from "../model/defined.ts";
import { isTemporaryToken, temporaryToken } from "./blobs/temporary.ts";
import { guard } from "./errors.ts";

/** What an attempt was about to write, of which the journal has no end. */
export interface Intent {
  readonly attempt: string;
  /** Workspace paths. */
  readonly outputs: readonly string[];
  readonly boot: string;
  /** The token in the temporary names that its process wrote; absent: it wrote none. */
  readonly token?: string;
  /** The leader of its process group; undefined: it had not started. */
  readonly pid?: number;
  readonly startTime?: string;
}

type Line =
  | { readonly boot: string; readonly token?: string; readonly pid?: number; readonly startTime?: string }
  | { readonly begin: string; readonly outputs: readonly string[] }
  | { readonly spawned: string; readonly pid: number; readonly startTime?: string }
  | { readonly end: string };

/**
 * Intents, one JSON line each, appended without syncing: they matter when a process is killed, not when power is lost
 * (then no process is left over, and torn outputs differ from every entry). The first line names the
 * process that writes, and the boot.
 *
 *     begin ──▶ spawned ──▶ end, once what became of it is committed
 */
export class Journal {
  readonly #directory: string;
  readonly #file: number;
  readonly #path: string;
  readonly #open = new Set<string>();
  /** A full disk took only a part of the last line. */
  #isTorn = false;

  /** The lease is held. */
  constructor(directory: string) {
    this.#directory = directory;
    this.#path = join(directory, "journal");
    this.#file = openOwnFile(this.#path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
  }

  begin(attempt: string, outputs: readonly string[]): void {
    if (this.#open.size === 0) this.#append(ownerLine());
    this.#open.add(attempt);
    this.#append({ begin: attempt, outputs });
  }

  spawned(attempt: string, pid: number): void {
    const startTime = startTimeOf(pid);
    this.#append({ spawned: attempt, pid, ...defined({ startTime }) });
  }

  end(...attempts: readonly string[]): void {
    if (attempts.length === 0) return;
    for (const attempt of attempts) this.#open.delete(attempt);
    this.#append(...attempts.map((attempt) => ({ end: attempt })));
    if (this.#open.size === 0) ftruncateSync(this.#file);
  }

  /** What an earlier run left open. A torn last line is as if it had not been written. */
  openIntents(): Intent[] {
    const intents = new Map<string, Intent>();
    let boot = "";
    let token: string | undefined;
    for (const text of readOwnFile(this.#path).toString().split("\n")) {
      const line = parse(text);
      if (line === undefined) continue;
      if ("boot" in line) ({ boot, token } = line);
      else if ("begin" in line) {
        const { begin: attempt, outputs } = line;
        intents.set(attempt, { attempt, outputs, boot, ...defined({ token }) });
      } else if ("end" in line) intents.delete(line.end);
      else {
        const intent = intents.get(line.spawned);
        if (intent !== undefined)
          intents.set(line.spawned, {
            ...intent,
            pid: line.pid,
            ...defined({ startTime: line.startTime }),
          });
      }
    }
    return [...intents.values()];
  }

  /** Forgets all of it, once it was dealt with. */
  clear(): void {
    ftruncateSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  #append(...lines: readonly Line[]): void {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const beginning = this.#isTorn ? "\n" : "";
    this.#isTorn = true;
    guard(this.#directory, () => writeAll(this.#file, Buffer.from(beginning + text)));
    this.#isTorn = false;
  }
}

/** Names the process of inc that writes: see `hasKilledRun`. */
function ownerLine(): Line {
  const startTime = startTimeOf(process.pid);
  const owner = { boot: bootId(), token: temporaryToken(), pid: process.pid };
  return { ...owner, ...defined({ startTime }) };
}

/** A journal may come from anywhere, with a copied or an unpacked directory: text of any other form is ignored. */
function parse(text: string): Line | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isLine(line) ? line : undefined;
}

function isLine(line: unknown): line is Line {
  if (typeof line !== "object" || line === null) return false;
  if ("boot" in line) return isText(line.boot) && (!("token" in line) || isTemporaryToken(line.token));
  if ("begin" in line)
    return isText(line.begin) && "outputs" in line && Array.isArray(line.outputs) && line.outputs.every(isText);
  if ("spawned" in line)
    return isText(line.spawned) && "pid" in line && Number.isInteger(line.pid) && Number(line.pid) > 1;
  return "end" in line && isText(line.end);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
