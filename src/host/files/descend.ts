import { closeSync, constants, existsSync, lstatSync, mkdirSync, openSync, realpathSync } from "node:fs";

/**
 * Linux lists the open files of a process here: a path through a descriptor leads to that directory even after a move.
 */
export const DESCRIPTORS = "/proc/self/fd";

/** Opens a directory for passing through it only, which needs no right to read it. Node does not export this flag. */
export const O_PATH = 0o10000000;
export const DIRECTORY_FLAGS = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

let known: boolean | undefined;

export function hasDescriptors(): boolean {
  known ??= process.platform === "linux" && existsSync(DESCRIPTORS);
  return known;
}

/** A symlink is in the place of a directory: inc does not change its target. */
export class SymlinkError extends Error {
  readonly code = "ELOOP";
  /** Relative to the root, as the path that leads through it. */
  readonly link: string;

  constructor(link: string) {
    super(`"${link}" is a symlink`);
    this.link = link;
  }
}

/** How missing directories are made. */
export interface Making {
  readonly mode: number;
  /** Collects the paths of created directories. */
  readonly made?: string[];
}

export const ORDINARY: Making = { mode: 0o777 };

/** An open directory. `path` leads to it as long as it is open. */
export interface Directory {
  readonly path: string;
  close(): void;
}

/**
 * Opens a directory below a root without following a symlink on the way. Each directory on the way is held open while
 * the next one is opened relative to it, so that a symlink that another process puts there meanwhile leads nowhere.
 * @param make Absent: a directory that is missing is an error.
 */
export function descend(root: string, path: string, make: Making | undefined): Directory {
  let file = openSync(root, O_PATH | constants.O_DIRECTORY);
  let inner = "";
  for (const name of path === "" ? [] : path.split("/")) {
    const place = `${DESCRIPTORS}/${file}/${name}`;
    inner += inner === "" ? name : `/${name}`;
    try {
      const next = enter(place, inner, make, () => openSync(place, DIRECTORY_FLAGS));
      closeSync(file);
      file = next;
    } catch (error) {
      closeSync(file);
      throw readable(error, place, `${root}/${inner}`);
    }
  }
  return { path: `${DESCRIPTORS}/${file}`, close: () => closeSync(file) };
}

/** As `descend`, without such descriptors: checks the directories before and afterwards. */
export function descendByName(root: string, path: string, make: Making | undefined): Directory {
  const base = realpathSync(root);
  const names = path === "" ? [] : path.split("/");
  names.forEach((_, i) => {
    const inner = names.slice(0, i + 1).join("/");
    const place = `${base}/${inner}`;
    enter(place, inner, make, () => {
      if (lstatSync(place).isDirectory()) return;
      throw Object.assign(new Error(`ENOTDIR: not a directory, open '${place}'`), { code: "ENOTDIR", path: place });
    });
  });
  const absolute = path === "" ? base : `${base}/${path}`;
  const close = (): void => {
    // Removed or the same directory; otherwise another process put a symlink in its path.
    if (existsSync(absolute) && realpathSync(absolute) !== absolute) throw new SymlinkError(path);
  };
  return { path: absolute, close };
}

/** Opens one directory, and creates it if `make` is given. A symlink in its place throws a SymlinkError. */
function enter<T>(place: string, inner: string, make: Making | undefined, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && make !== undefined) {
      if (makeOne(place, make.mode)) make.made?.push(inner);
      return enter(place, inner, undefined, open);
    }
    if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true) throw new SymlinkError(inner);
    throw error;
  }
}

/** Creates a directory; false: another process was first. */
function makeOne(place: string, mode: number): boolean {
  try {
    mkdirSync(place, mode);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Replaces the descriptor's path in an error of Node by the path that users know. */
export function readable(error: unknown, from: string, to: string): unknown {
  if (!(error instanceof Error) || !from.startsWith(DESCRIPTORS)) return error;
  const named = error as NodeJS.ErrnoException;
  const rename = (text: string): string => text.replaceAll(`${from}/`, `${to}/`).replaceAll(`${from}'`, `${to}'`);
  if (typeof named.path === "string") named.path = rename(`${named.path}'`).slice(0, -1);
  named.message = rename(named.message);
  return named;
}
