import { chmodSync, closeSync, constants, mkdirSync, openSync, statSync, writeSync } from "node:fs";

/** What inc keeps for itself is for its user alone, whatever the umask: a store holds what 0600 files held. */
const DIRECTORY = 0o700;
export const OWN_FILE = 0o600;

const REPLACE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;

/** Makes a directory of inc's own in one that is there. */
export function makeOwnDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) mkdirSync(path, DIRECTORY);
}

/** Closes a directory of inc's own to others, where an earlier inc or a copy left it open. Not its owner: nothing to do. */
export function closeToOthers(path: string): void {
  const { mode, uid } = statSync(path);
  // A directory with the sticky bit is one that users share.
  if ((mode & 0o077) !== 0 && (mode & 0o1000) === 0 && uid === process.getuid?.()) chmodSync(path, DIRECTORY);
}

/** Opens a file of inc's own. `flags` as those of open(2). */
export function openOwnFile(path: string, flags: number = REPLACE): number {
  return openSync(path, flags, OWN_FILE);
}

/** Writes a whole file of inc's own, in place of what is there. */
export function writeOwnFile(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const file = openOwnFile(path);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  } finally {
    closeSync(file);
  }
}
