import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeOwnDirectory, writeOwnFile } from "../host/files/own-files.ts";
import { bootId, isAlive, startTimeOf } from "../host/process/identity.ts";

/**
 * Each process that has a store open leaves a file in `open/`, named after itself. While one of them lives, what changes the
 * data is inc, and it has searched for damage already: a command that asks something need not read all of a large store again.
 */
export const OPENERS = "open";

let opened = 0;

/** True while a process that opened the store still runs. Names of those that were killed are removed. */
export function isOpenElsewhere(directory: string): boolean {
  return namesIn(directory).some((name) => {
    const [pid = "", started = "", boot = ""] = name.split("_");
    if (isAlive(Number(pid), started === "" ? undefined : started, boot)) return true;
    forget(join(directory, OPENERS, name));
    return false;
  });
}

/** Says that this process has it open, where that can be written; gives what takes it back. */
export function noteOpen(directory: string): () => void {
  opened += 1;
  const name = [process.pid, startTimeOf(process.pid) ?? "", bootId(), opened].join("_");
  try {
    makeOwnDirectory(join(directory, OPENERS));
    writeOwnFile(join(directory, OPENERS, name), "");
  } catch {
    // A full disk: other processes then search for damage themselves.
  }
  return () => forget(join(directory, OPENERS, name));
}

function forget(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A process that may write there removes it.
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    // Beside them may be a lock: see `alone.ts`.
    return readdirSync(join(directory, OPENERS)).filter((name) => /^\d/.test(name));
  } catch {
    return [];
  }
}
