import { closeSync, constants, ftruncateSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openOwnFile } from "../host/files/own-files.ts";
import { bootId, startTimeOf } from "../host/process/identity.ts";

/** What was about to be written, by an attempt of which nobody has said how it ended. */
export interface Intent {
  readonly attempt: string;
  /** Workspace paths. */
  readonly outputs: readonly string[];
  readonly boot: string;
  /** The leader of its process group; undefined: it had not started. */
  readonly pid?: number;
  readonly startTime?: string;
}

type Line =
  | { readonly begin: string; readonly outputs: readonly string[] }
  | { readonly spawned: string; readonly pid: number; readonly startTime?: string }
  | { readonly end: string };

/**
 * Intents, one JSON line each, appended without syncing: they matter when a process is killed, not when power is lost
 * (then no process is left over, and torn outputs differ from every entry). The first line names the boot.
 *
 *     begin ──▶ spawned ──▶ end, once what became of it is committed
 */
export class Journal {
  readonly #file: number;
  readonly #path: string;
  readonly #open = new Set<string>();

  /** The lease is held. */
  constructor(directory: string) {
    this.#path = join(directory, "journal");
    this.#file = openOwnFile(this.#path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
  }

  begin(attempt: string, outputs: readonly string[]): void {
    if (this.#open.size === 0) this.#append({ boot: bootId() });
    this.#open.add(attempt);
    this.#append({ begin: attempt, outputs });
  }

  spawned(attempt: string, pid: number): void {
    const startTime = startTimeOf(pid);
    this.#append({ spawned: attempt, pid, ...(startTime === undefined ? {} : { startTime }) });
  }

  end(attempt: string): void {
    this.#open.delete(attempt);
    this.#append({ end: attempt });
    if (this.#open.size === 0) ftruncateSync(this.#file);
  }

  /** What an earlier run left open. A torn last line is as if it had not been written. */
  openIntents(): Intent[] {
    const intents = new Map<string, Intent>();
    let boot = "";
    for (const text of readFileSync(this.#path, "utf8").split("\n")) {
      const line = parse(text);
      if (line === undefined) continue;
      if ("boot" in line) boot = line.boot;
      else if ("begin" in line) intents.set(line.begin, { attempt: line.begin, outputs: line.outputs, boot });
      else if ("end" in line) intents.delete(line.end);
      else {
        const intent = intents.get(line.spawned);
        if (intent !== undefined)
          intents.set(line.spawned, {
            ...intent,
            pid: line.pid,
            ...(line.startTime === undefined ? {} : { startTime: line.startTime }),
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

  #append(line: Line | { readonly boot: string }): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

function parse(text: string): Line | { readonly boot: string } | undefined {
  try {
    return text === "" ? undefined : (JSON.parse(text) as Line | { boot: string });
  } catch {
    return undefined;
  }
}
