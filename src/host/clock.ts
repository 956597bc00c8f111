import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { FileClock } from "./host.ts";

/** Reads the file system's clock by writing a file and looking at the time it got. */
export function fileClock(path: string): FileClock {
  let made = false;
  return {
    tick() {
      if (!made) mkdirSync(dirname(path), { recursive: true });
      made = true;
      writeFileSync(path, "");
      return statSync(path, { bigint: true }).mtimeNs;
    },
  };
}
