import { type BigIntStats, constants, lstatSync } from "node:fs";
import type { FileStat } from "./host.ts";

const OPTIONS = { bigint: true, throwIfNoEntry: false } as const;

/** What is at an absolute path, without following a symlink; undefined: nothing. Throws what `lstat` throws beside that. */
export function statOf(path: string): FileStat | undefined {
  let stat: BigIntStats | undefined;
  try {
    stat = lstatSync(path, OPTIONS);
  } catch (error) {
    if (meansAbsent(error)) return undefined;
    throw error;
  }
  if (stat === undefined) return undefined;
  const { mtimeNs: mtime, ctimeNs: ctime, nlink: links } = stat;
  const mode = Number(stat.mode);
  return {
    type: typeOf(mode),
    size: Number(stat.size),
    mtime,
    // Each is an object of its own, though most often they are equal: of 100,000 files that is 5 MB.
    ctime: ctime === mtime ? mtime : ctime,
    inode: stat.ino,
    links: links === 1n ? 1n : links,
    mode: mode & 0o7777,
  };
}

/** The methods of Stats would compare bigints, which takes longer. */
function typeOf(mode: number): FileStat["type"] {
  const type = mode & constants.S_IFMT;
  if (type === constants.S_IFREG) return "file";
  if (type === constants.S_IFDIR) return "directory";
  return type === constants.S_IFLNK ? "symlink" : "other";
}

/**
 * Errors that mean "absent": a loop of symlinks has no target, like a dangling symlink, and a name that is too long
 * cannot exist.
 */
const ABSENT = new Set<unknown>(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

export function meansAbsent(error: unknown): boolean {
  return ABSENT.has((error as NodeJS.ErrnoException).code);
}
