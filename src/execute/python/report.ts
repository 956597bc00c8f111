import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hasher } from "../../host/files/hash.ts";
import { readOwnFile } from "../../host/files/own-files.ts";
import type { Digest } from "../../model/digest.ts";
import type { FunctionUse } from "../executor.ts";
import type { UndeclaredUse } from "../undeclared-use.ts";
import type { PythonEnd, ReportLine } from "./protocol.ts";

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
  let end: PythonEnd | undefined;
  const refused: Extract<ReportLine, { refused: string }>[] = [];
  const undeclared = new Map<string, UndeclaredUse["use"]>();
  const modules = new Map<string, string>();
  for (const line of linesOf(path)) {
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
function linesOf(path: string): readonly ReportLine[] {
  const lines = readOwnFile(path).toString("utf8").split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as ReportLine);
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
