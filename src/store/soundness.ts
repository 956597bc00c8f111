import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readOwnFile, writeOwnFile } from "../host/files/own-files.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { isOpenElsewhere } from "./openers.ts";

/** The exit code by which `probe.ts` says that the store is damaged. */
export const DAMAGED = 65;

/** How a process ends that reads damaged data of LMDB. Any other signal came from outside, and says nothing of the store. */
const CRASHES: ReadonlySet<string> = new Set(["SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE", "SIGTRAP"]);

/**
 * True when reading the store does not crash the process. The clean mark says how large and how old data.mdb was when it
 * was closed last. Anything else may be a store that a crash or a stranger left damaged: a child process reads everything
 * first, so that damage ends the child and not this process.
 */
export function isSound(directory: string): boolean {
  return endedCleanly(directory) || isOpenElsewhere(directory) || canBeRead(directory);
}

export function noteCleanEnd(directory: string): void {
  writeOwnFile(join(directory, "clean"), markOf(directory));
}

function endedCleanly(directory: string): boolean {
  try {
    return readOwnFile(join(directory, "clean")).toString() === markOf(directory);
  } catch {
    return false;
  }
}

function markOf(directory: string): string {
  const { size, mtimeNs } = statSync(join(directory, "data.mdb"), { bigint: true });
  return `${size} ${mtimeNs}\n`;
}

function canBeRead(directory: string): boolean {
  const probe = fileURLToPath(new URL(`../store/probe${extname(fileURLToPath(import.meta.url))}`, import.meta.url));
  // Detached, so that Ctrl-C in a terminal does not end it.
  const options = { stdio: "ignore", detached: true } as const;
  const { status, signal, error } = spawnSync(process.execPath, [probe, directory], options);
  if (error !== undefined) throw error;
  if (status === 0 || status === DAMAGED || CRASHES.has(signal ?? "")) return status === 0;
  throw new DiagnosticError({
    code: "INC3009",
    severity: "error",
    message: `the store in "${directory}" cannot be used: the process that searches it for damage did not come to an end (${signal ?? `exit code ${status}`})`,
    notes: [{ message: "the last command that had it open was killed; what it stored is still there" }],
    help: ["run again, with more free memory if the system ended that process for want of it"],
  });
}
