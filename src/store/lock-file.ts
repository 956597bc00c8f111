import { existsSync, linkSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { writeOwnFile } from "../host/files/own-files.ts";

/** Bytes of LMDB's lock file: a header and 64 for each of some 250 readers. */
const SIZE = 16_384;

/** What a new store takes at least, in bytes: with less LMDB may crash while it begins. */
const ROOM = 262_144;

/**
 * Gives LMDB a lock file whose bytes are on the disk. LMDB itself maps one that has none yet into memory and writes there:
 * where the disk is full, that ends the process with SIGBUS, without a word. It begins with the file when it finds it, so the
 * file comes to its name whole, and never over another one. Throws ENOSPC, also when there is no room for the rest of the store.
 */
export function allocateLockFile(directory: string): void {
  const path = join(directory, "data.mdb-lock");
  if (existsSync(path)) return;
  const temporary = `${path}.${process.pid}`;
  try {
    writeOwnFile(temporary, new Uint8Array(ROOM));
    truncateSync(temporary, SIZE);
    linkSync(temporary, path);
  } catch (error) {
    // Another process was first.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
