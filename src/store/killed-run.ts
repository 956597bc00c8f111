import { statSync } from "node:fs";
import { join } from "node:path";
import { readOwnFile } from "../host/files/own-files.ts";
import { isAlive } from "../host/process/identity.ts";

/**
 * True when a run was killed in this store and no other has cleaned up since: its commands may still run, and its outputs may be
 * torn. One system call where no attempt is open. Loads no database: the no-op path asks this.
 * @param directory The store's, absolute.
 */
export function hasKilledRun(directory: string): boolean {
  const path = join(directory, "journal");
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return false;
    const [first = ""] = readOwnFile(path).toString().split("\n", 1);
    const { boot, pid, startTime } = JSON.parse(first) as { boot?: string; pid?: number; startTime?: string };
    return boot === undefined || !Number.isInteger(pid) || !isAlive(Number(pid), startTime, boot);
  } catch {
    // The process that takes the lease reports what is wrong with it.
    return true;
  }
}
