import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readOwnFile, writeOwnFile } from "../host/files/own-files.ts";
import { isOpenElsewhere } from "./openers.ts";

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
  return spawnSync(process.execPath, [probe, directory], { stdio: "ignore" }).status === 0;
}
