import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { FileClock } from "./host.ts";
import { makeOwnDirectory, writeOwnFile } from "./own-files.ts";

const UNWRITABLE = new Set<unknown>(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"]);

/** By how much the system's clock is taken to be ahead of a file system's that cannot be asked, in milliseconds. */
const CAUTION = 2000;

/**
 * Reads the file system's clock by writing a file and looking at the time it got. Where nothing can be written, an earlier
 * time than it is: less is trusted then, and more is read again.
 */
export function fileClock(path: string): FileClock {
  let made = false;
  return {
    tick() {
      try {
        if (!made) makeOwnDirectory(dirname(path));
        made = true;
        // To empty an empty file need not change its time; a byte that is written does.
        writeOwnFile(path, "\n");
        return statSync(path, { bigint: true }).mtimeNs;
      } catch (error) {
        if (!UNWRITABLE.has((error as NodeJS.ErrnoException).code)) throw error;
        return BigInt(Date.now() - CAUTION) * 1_000_000n;
      }
    },
  };
}
