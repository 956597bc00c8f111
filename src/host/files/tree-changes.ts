import { chmodSync, closeSync, lstatSync, openSync, readdirSync, rmdirSync, statSync, unlinkSync } from "node:fs";
import { DESCRIPTORS, DIRECTORY_FLAGS } from "./descend.ts";

/** The permission bits that the owner needs to change a directory's entries. */
const OWNER = 0o700;

/** Removes a file, a symlink, or a directory with all that is in it, without ever entering what a symlink leads to. */
export function removeEntry(place: string | Buffer, descriptors: boolean): void {
  // Asked first: most often there is nothing, and an exception takes longer than the answer.
  if (lstatSync(place, { throwIfNoEntry: false }) === undefined) return;
  try {
    unlinkSync(place);
    return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return;
    if (code !== "EISDIR" && code !== "EPERM") throw error;
  }
  inDirectory(place, descriptors, (directory) => {
    try {
      removeAll(directory, descriptors);
    } catch (error) {
      // The directory may be read-only.
      if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
      chmodSync(directory, OWNER);
      removeAll(directory, descriptors);
    }
  });
  rmdirSync(place);
}

function removeAll(directory: string | Buffer, descriptors: boolean): void {
  for (const name of namesIn(directory)) removeEntry(name, descriptors);
}

/** True when some directory of the tree was given permissions that its owner lacked. */
export function unlockTree(place: Buffer, descriptors: boolean): boolean {
  if (lstatSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  let unlocked = false;
  inDirectory(place, descriptors, (directory) => {
    const { mode } = statSync(directory);
    unlocked = (mode & OWNER) !== OWNER;
    if (unlocked) chmodSync(directory, (mode | OWNER) & 0o7777);
    for (const name of namesIn(directory)) unlocked = unlockTree(name, descriptors) || unlocked;
  });
  return unlocked;
}

/** Reads names as bytes: not all of them are UTF-8. */
function namesIn(directory: string | Buffer): readonly Buffer[] {
  const before = Buffer.concat([Buffer.from(directory), Buffer.from("/")]);
  return readdirSync(directory, { encoding: "buffer" }).map((name) => Buffer.concat([before, name]));
}

/** Fails when a symlink has taken the directory's place. */
function inDirectory(place: string | Buffer, descriptors: boolean, act: (directory: string | Buffer) => void): void {
  if (!descriptors) {
    if (lstatSync(place).isDirectory()) act(place);
    return;
  }
  const file = openSync(place, DIRECTORY_FLAGS);
  try {
    act(`${DESCRIPTORS}/${file}`);
  } finally {
    closeSync(file);
  }
}
