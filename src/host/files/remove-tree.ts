import { chmodSync, lstatSync, readdirSync, rmSync } from "node:fs";

/** What the owner needs to empty a directory. */
const OWNER = 0o700;

/**
 * Removes a path and all below it, symlinks themselves, names of any bytes. The owner of a directory that may not be
 * changed (`chmod 555`) may still remove what is in it.
 */
export function removeTree(absolute: string): void {
  withUnlocked(absolute, () => rmSync(absolute, { recursive: true, force: true }));
}

/**
 * Does something to a tree, once more when a directory in it was in the way that its owner may not write.
 * @param before Called before it is done again.
 */
export function withUnlocked<T>(absolute: string, act: () => T, before?: () => void): T {
  try {
    return act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if ((code !== "EACCES" && code !== "EPERM") || !unlockTree(Buffer.from(absolute))) throw error;
    before?.();
    return act();
  }
}

/** True when some directory of the tree was given permissions that it lacked. */
function unlockTree(path: Buffer): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) return false;
  let unlocked = false;
  if ((stat.mode & OWNER) !== OWNER) {
    chmodSync(path, (stat.mode | OWNER) & 0o7777);
    unlocked = true;
  }
  for (const entry of readdirSync(path, { withFileTypes: true, encoding: "buffer" }))
    if (entry.isDirectory()) unlocked = unlockTree(Buffer.concat([path, Buffer.from("/"), entry.name])) || unlocked;
  return unlocked;
}
