import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { isInnerPath } from "../../model/path.ts";

/** Linux names each open file of a process here: a path through it leads to that very directory, wherever it was moved. */
const DESCRIPTORS = "/proc/self/fd";

/** Opens a directory for passing through it only, which needs no right to read it. Node does not export this flag. */
const O_PATH = 0o10000000;
const DIRECTORY_FLAGS = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** What the owner needs to change what is in a directory. */
const OWNER = 0o700;

let known: boolean | undefined;

function hasDescriptors(): boolean {
  known ??= process.platform === "linux" && existsSync(DESCRIPTORS);
  return known;
}

/** A symlink stands where a directory is needed: what it leads to is not inc's to change. */
export class SymlinkError extends Error {
  readonly code = "ELOOP";
  /** Relative to the root, as the path that leads through it. */
  readonly link: string;

  constructor(link: string) {
    super(`"${link}" is a symlink`);
    this.link = link;
  }
}

/** How directories are made that are not there. */
interface Making {
  readonly mode: number;
  /** Takes the paths of those that were. */
  readonly made?: string[];
}

const ORDINARY: Making = { mode: 0o777 };

/** An open directory. `path` leads to it as long as it is open. */
interface Directory {
  readonly path: string;
  close(): void;
}

/**
 * A directory in which inc changes something: whatever inc removes or writes in a workspace or in its store goes through
 * here, and nothing else in inc calls `unlink`, `rename` and the like (a test looks). Every directory on the way is opened
 * without following a symlink, and the change is made relative to it: another process that puts a symlink there meanwhile
 * does not lead inc out. Where the system offers no such way, the directories are looked at before and afterwards.
 *
 * All paths are relative to the root. What the last name stands for is never followed either.
 */
export class Contained {
  /** Absolute. It may be a symlink itself: that is whoever's choice who named it. */
  readonly root: string;
  readonly #descriptors: boolean;

  /** @param descriptors False: only what every system offers is used. */
  constructor(root: string, descriptors = hasDescriptors()) {
    this.root = root;
    this.#descriptors = descriptors;
  }

  /**
   * Gives a path to act on once, at once. Throws a SymlinkError, or Node's error when there is no such directory.
   * @param make Directories on the way are made.
   */
  at<T>(path: string, act: (place: string) => T, make = false): T {
    if (!isInnerPath(path)) throw new RangeError(`"${path}" does not name something inside of "${this.root}"`);
    const slash = path.lastIndexOf("/");
    const directory = this.#open(slash < 0 ? "" : path.slice(0, slash), make ? ORDINARY : undefined);
    try {
      return act(`${directory.path}/${path.slice(slash + 1)}`);
    } catch (error) {
      throw readable(error, directory.path, slash < 0 ? this.root : `${this.root}/${path.slice(0, slash)}`);
    } finally {
      directory.close();
    }
  }

  /** Acts in a directory, which is made when it is not there: it stays that directory whatever happens to its name. */
  within<T>(path: string, act: (inside: Contained) => T): T {
    const directory = this.#open(path, ORDINARY);
    try {
      return act(new Contained(directory.path, this.#descriptors));
    } catch (error) {
      if (error instanceof SymlinkError) throw new SymlinkError(`${path}/${error.link}`);
      throw readable(error, directory.path, `${this.root}/${path}`);
    } finally {
      directory.close();
    }
  }

  /** Removes what stands at a path with all that is in it; nothing there: nothing to do. */
  remove(path: string): void {
    this.#unlessAbsent(() => this.at(path, (place) => removeEntry(place, this.#descriptors)));
  }

  /** The same for what is to be written there next: the directories on the way are made. */
  vacate(path: string): void {
    this.at(path, (place) => removeEntry(place, this.#descriptors), true);
  }

  /** Removes a directory that holds nothing. False: it holds something, or is none. */
  removeEmpty(path: string): boolean {
    try {
      this.at(path, (place) => rmdirSync(place));
      return true;
    } catch {
      return false;
    }
  }

  /** Makes a directory and those on the way. Gives those that were not there. */
  makeDirectory(path: string, mode = 0o777): readonly string[] {
    const made: string[] = [];
    this.#open(path, { mode, made }).close();
    return made;
  }

  /** Puts a symlink at a path. By a temporary name, so that there is always either the old one or the new one. */
  symlink(text: string, path: string, temporaryOf: (place: string) => string): void {
    const write = (place: string): void => {
      const temporary = temporaryOf(place);
      removeEntry(temporary, this.#descriptors);
      symlinkSync(text, temporary);
      renameSync(temporary, place);
    };
    this.at(path, write, true);
  }

  /** Opens a file. `flags` as those of openSync(2), with constants. */
  open(path: string, flags: number, mode = 0o666): number {
    return this.at(path, (place) => openSync(place, flags | constants.O_NOFOLLOW, mode));
  }

  /** Of a file or directory. */
  chmod(path: string, mode: number): void {
    this.at(path, (place) => {
      if (!this.#descriptors) return chmodUnlinked(place, path, mode);
      const file = openSync(place, O_PATH | constants.O_NOFOLLOW);
      try {
        chmodUnlinked(`${DESCRIPTORS}/${file}`, path, mode, fstatSync(file));
      } finally {
        closeSync(file);
      }
    });
  }

  /** Gives a file the time at which it counts as written, in seconds since the epoch. */
  touch(path: string, time: number): void {
    this.at(path, (place) => lutimesSync(place, time, time));
  }

  /**
   * Does something to a tree, once more when a directory in it was in the way that its owner may not write.
   * @param before Called before it is done again.
   */
  unlocking<T>(path: string, act: () => T, before: () => void): T {
    try {
      return act();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if ((code !== "EACCES" && code !== "EPERM") || !this.#unlock(path)) throw error;
      before();
      return act();
    }
  }

  /** True when some directory of the tree was given permissions that its owner lacked. */
  #unlock(path: string): boolean {
    return this.at(path, (place) => unlockTree(Buffer.from(place), this.#descriptors));
  }

  #unlessAbsent(act: () => void): void {
    try {
      act();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    }
  }

  #open(path: string, make: Making | undefined): Directory {
    return this.#descriptors ? this.#descend(path, make) : this.#check(path, make);
  }

  #descend(path: string, make: Making | undefined): Directory {
    let file = openSync(this.root, O_PATH | constants.O_DIRECTORY);
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
        throw readable(error, place, `${this.root}/${inner}`);
      }
    }
    return { path: `${DESCRIPTORS}/${file}`, close: () => closeSync(file) };
  }

  #check(path: string, make: Making | undefined): Directory {
    const root = realpathSync(this.root);
    const names = path === "" ? [] : path.split("/");
    names.forEach((_, i) => {
      const inner = names.slice(0, i + 1).join("/");
      const place = `${root}/${inner}`;
      enter(place, inner, make, () => {
        if (lstatSync(place).isDirectory()) return;
        throw Object.assign(new Error(`ENOTDIR: not a directory, open '${place}'`), { code: "ENOTDIR", path: place });
      });
    });
    const absolute = path === "" ? root : `${root}/${path}`;
    const close = (): void => {
      // It was removed, or it is still what it was: else a symlink came in between.
      if (existsSync(absolute) && realpathSync(absolute) !== absolute) throw new SymlinkError(path);
    };
    return { path: absolute, close };
  }
}

/** Opens one directory, and makes it when it is to be made. What is in the way is told apart: a symlink, or a file. */
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

/** False: another process was first. */
function makeOne(place: string, mode: number): boolean {
  try {
    mkdirSync(place, mode);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function chmodUnlinked(place: string, path: string, mode: number, stat: Stats = lstatSync(place)): void {
  if (stat.isSymbolicLink()) throw new SymlinkError(path);
  if ((stat.mode & 0o7777) !== mode) chmodSync(place, mode);
}

/** Removes a file, a symlink, or a directory with all that is in it, without ever entering what a symlink leads to. */
function removeEntry(place: string | Buffer, descriptors: boolean): void {
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
      // A directory that is to go may be read-only.
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
function unlockTree(place: Buffer, descriptors: boolean): boolean {
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

/** Names are bytes: not all of them are UTF-8. */
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

/** Node's errors name the path that was acted on; a person knows the place by another name. */
function readable(error: unknown, from: string, to: string): unknown {
  if (!(error instanceof Error) || !from.startsWith(DESCRIPTORS)) return error;
  const named = error as NodeJS.ErrnoException;
  const rename = (text: string): string => text.replaceAll(`${from}/`, `${to}/`).replaceAll(`${from}'`, `${to}'`);
  if (typeof named.path === "string") named.path = rename(`${named.path}'`).slice(0, -1);
  named.message = rename(named.message);
  return named;
}
