import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { FileClock } from "./host.ts";
import { makeOwnDirectory, writeOwnFile } from "./own-files.ts";

/** Reads the file system's clock by writing a file and looking at the time it got. */
export function fileClock(path: string): FileClock {
  let made = false;
  return {
    tick() {
      if (!made) makeOwnDirectory(dirname(path));
      made = true;
      writeOwnFile(path, "");
      return statSync(path, { bigint: true }).mtimeNs;
    },
  };
}
