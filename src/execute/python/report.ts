import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { hasher } from "../../host/files/hash.ts";
import { readOwnFile } from "../../host/files/own-files.ts";
import type { Digest } from "../../model/digest.ts";
import type { FunctionUse } from "../executor.ts";
import type { UndeclaredUse } from "../undeclared-use.ts";
import type { PythonEnd, PythonPlace, ReportLine } from "./protocol.ts";

/** The interval between two looks at a report, in milliseconds, as that for output. */
const INTERVAL = 100;

/** What an attempt was seen to do. */
export interface PythonReport {
  /** Undefined: its process was brought down. */
  readonly end: PythonEnd | undefined;
  /** Where it was kept from writing. */
  readonly refused: readonly Extract<ReportLine, { refused: string }>[];
  readonly use: FunctionUse;
  /** What it said of several units, by their keys; nothing of what came after it was kept from something. */
  readonly units: ReadonlyMap<string, PythonEnd>;
}

/** @param path Absolute. */
export function readReport(path: string): PythonReport {
  return parseReport(readOwnFile(path).toString("utf8"), (there) => there);
}

/** @param here Gives the path on this machine of one where the attempt ran; undefined: it has none. Absolute. */
export function parseReport(text: string, here: (path: string) => string | undefined): PythonReport {
  let end: PythonEnd | undefined;
  const refused: Extract<ReportLine, { refused: string }>[] = [];
  const undeclared = new Map<string, UndeclaredUse["use"]>();
  const modules = new Map<string, string>();
  const units = new Map<string, PythonEnd>();
  for (const line of linesOf(text).flatMap((each) => placedHere(each, here) ?? [])) {
    if ("end" in line) end = line;
    else if ("refused" in line) refused.push(line);
    // What was refused before may concern any unit.
    else if ("unit" in line && refused.length === 0) units.set(line.unit, line.is);
    else if ("module" in line) modules.set(line.module, line.sha256);
    // Of processes that it forked, each has its own view: what was said first may say more.
    else if ("use" in line && (line.use !== "look" || !undeclared.has(line.path))) undeclared.set(line.path, line.use);
  }
  return {
    end,
    refused,
    units,
    use: {
      modules: [...modules].map(([module, sha256]) => [module, digestOf(module, sha256)] as const),
      late: [...modules.keys()],
      undeclared: [...undeclared].map(([at, use]) => ({ path: at, use })),
      leaks: [],
    },
  };
}

type Progress = Extract<ReportLine, { progress: unknown }>;

/** Calls back with what is said of progress while an attempt runs. */
export class FollowedReport {
  readonly #file: number;
  readonly #timer: NodeJS.Timeout;
  readonly #onProgress: (done: number, total: number) => void;
  #offset = 0;

  /** @param path Absolute, of the file. */
  constructor(path: string, onProgress: (done: number, total: number) => void) {
    this.#file = openSync(path, "r");
    this.#onProgress = onProgress;
    this.#timer = setInterval(() => this.#look(), INTERVAL).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#look();
    closeSync(this.#file);
  }

  #look(): void {
    const { size } = fstatSync(this.#file);
    if (size === this.#offset) return;
    const bytes = Buffer.alloc(size - this.#offset);
    readSync(this.#file, bytes, 0, bytes.length, this.#offset);
    const length = bytes.lastIndexOf("\n") + 1;
    this.#offset += length;
    const lines = bytes.toString("utf8", 0, length).split("\n");
    const last = lines.findLast((line) => line.startsWith(`{"progress"`));
    if (last !== undefined) this.#onProgress(...(JSON.parse(last) as Progress).progress);
  }
}

/** A process that was killed may have written half a line. */
function linesOf(text: string): readonly ReportLine[] {
  const lines = text.split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as ReportLine);
}

/** A line with the paths of this machine; undefined: it is about what only the other one has. */
function placedHere(line: ReportLine, here: (path: string) => string | undefined): ReportLine | undefined {
  if ("use" in line) {
    const path = here(line.path);
    return path === undefined ? undefined : { ...line, path };
  }
  if ("progress" in line || "unit" in line) return line;
  if ("module" in line) return { ...line, module: here(line.module) ?? line.module };
  const place = "place" in line ? placeHere(line.place, here) : null;
  if ("refused" in line) return { ...line, refused: here(line.refused) ?? line.refused, place };
  return "place" in line ? { ...line, place } : line;
}

function placeHere(place: PythonPlace, here: (path: string) => string | undefined): PythonPlace {
  const file = place === null ? undefined : here(place[0]);
  return place === null || file === undefined ? null : [file, place[1]];
}

/** The digest of what was loaded: Python has no BLAKE3. Of content that is gone, one that is no file's. */
function digestOf(module: string, sha256: string): Digest {
  const bytes = contentOf(module);
  const isSame = bytes !== undefined && createHash("sha256").update(bytes).digest("hex") === sha256;
  return hasher.digest(isSame ? bytes : `a module that is gone: ${sha256}`);
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
