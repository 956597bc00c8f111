import { closeSync, constants, fstatSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { FileClock } from "./host.ts";
import { makeOwnDirectory, openOwnFile } from "./own-files.ts";

const UNWRITABLE = new Set<unknown>(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"]);

/** By how much the system's clock is taken to be ahead of a file system's that cannot be asked, in milliseconds. */
const CAUTION = 2000;

/**
 * Reads the file system's clock by writing a file and looking at the time it got. Where nothing can be written, an
 * earlier time than it is: less is trusted then, and more is read again.
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
 * The time that a file gets that is written now. It is not emptied first: ext4 takes that for the replacement of a file
 * and begins to write it to the disk when it is closed, a third of the time of a cold run on a busy disk.
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
