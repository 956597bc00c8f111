import { closeSync, constants, fstatSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { HoldableClock } from "./host.ts";
import { makeOwnDirectory, openOwnFile } from "./own-files.ts";

const UNWRITABLE = new Set<unknown>(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"]);

/** The assumed lead of the system's clock over that of a file system that cannot be asked, in milliseconds. */
const CAUTION = 2000;

/**
 * Reads the file system's clock by writing a file and reading its time. Where nothing can be written, it returns an
 * earlier time: fewer records are then trusted, and more files are read again.
 */
export function fileClock(path: string): HoldableClock {
  let made = false;
  let file: number | undefined;
  let holders = 0;
  const open = (): number => {
    if (!made) makeOwnDirectory(dirname(path));
    made = true;
    return openOwnFile(path, constants.O_WRONLY | constants.O_CREAT);
  };
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  return {
    tick() {
      try {
        file ??= open();
        return writeByte(file);
      } catch (error) {
        if (!UNWRITABLE.has((error as NodeJS.ErrnoException).code)) throw error;
        return BigInt(Date.now() - CAUTION) * 1_000_000n;
      } finally {
        if (holders === 0) close();
      }
    },
    hold() {
      holders += 1;
      return () => {
        holders -= 1;
        if (holders === 0) close();
      };
    },
  };
}

/**
 * The time of a file that is written now. The file is not truncated first: ext4 takes that for a replacement and
 * begins to write the file to the disk on close, a third of the time of a cold run on a busy disk.
 */
function writeByte(file: number): bigint {
  writeSync(file, "\n", 0);
  return fstatSync(file, { bigint: true }).mtimeNs;
}
