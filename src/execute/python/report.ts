import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hasher } from "../../host/files/hash.ts";
import { readOwnFile } from "../../host/files/own-files.ts";
import type { Digest } from "../../model/digest.ts";
import type { FunctionUse } from "../executor.ts";
import type { UndeclaredUse } from "../undeclared-use.ts";
import type { PythonEnd, PythonPlace, ReportLine } from "./protocol.ts";

/** What an attempt was seen to do. */
export interface PythonReport {
  /** Undefined: its process was brought down. */
  readonly end: PythonEnd | undefined;
  /** Where it was kept from writing. */
  readonly refused: readonly Extract<ReportLine, { refused: string }>[];
  readonly use: FunctionUse;
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
  for (const line of linesOf(text).flatMap((each) => placedHere(each, here) ?? [])) {
    if ("end" in line) end = line;
    else if ("refused" in line) refused.push(line);
    else if ("module" in line) modules.set(line.module, line.sha256);
    // Of processes that it forked, each has its own view: what was said first may say more.
    else if (line.use !== "look" || !undeclared.has(line.path)) undeclared.set(line.path, line.use);
  }
  return {
    end,
    refused,
    use: {
      modules: [...modules].map(([module, sha256]) => [module, digestOf(module, sha256)] as const),
      late: [...modules.keys()],
      undeclared: [...undeclared].map(([at, use]) => ({ path: at, use })),
      leaks: [],
    },
  };
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
