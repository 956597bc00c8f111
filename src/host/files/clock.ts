import { closeSync, constants, fstatSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { FileClock } from "./host.ts";
import { makeOwnDirectory, openOwnFile } from "./own-files.ts";

const UNWRITABLE = new Set<unknown>(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"]);

/** The assumed lead of the system's clock over that of a file system that cannot be asked, in milliseconds. */
const CAUTION = 2000;

/**
 * Reads the file system's clock by writing a file and reading its time. Where nothing can be written, it returns an
 * earlier time: fewer records are then trusted, and more files are read again.
 */
export function fileClock(path: string): FileClock {
  let made = false;
  return {
    tick() {
      try {
        if (!made) makeOwnDirectory(dirname(path));
        made = true;
        return writeByte(path);
      } catch (error) {
        if (!UNWRITABLE.has((error as NodeJS.ErrnoException).code)) throw error;
        return BigInt(Date.now() - CAUTION) * 1_000_000n;
      }
    },
  };
}

/**
 * The time of a file that is written now. The file is not truncated first: ext4 takes that for a replacement and
 * begins to write the file to the disk on close, a third of the time of a cold run on a busy disk.
 */
function writeByte(path: string): bigint {
  const file = openOwnFile(path, constants.O_WRONLY | constants.O_CREAT);
  try {
    writeSync(file, "\n", 0);
    return fstatSync(file, { bigint: true }).mtimeNs;
  } finally {
    closeSync(file);
  }
}
