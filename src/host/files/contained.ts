import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  lutimesSync,
  openSync,
  renameSync,
  rmdirSync,
  type Stats,
  symlinkSync,
} from "node:fs";
import { isInnerPath } from "../../model/path.ts";
import {
  DESCRIPTORS,
  type Directory,
  descend,
  descendByName,
  hasDescriptors,
  type Making,
  O_PATH,
  ORDINARY,
  readable,
  SymlinkError,
} from "./descend.ts";
import { removeEntry, unlockTree } from "./tree-changes.ts";

/**
 * A directory that inc writes to: every change in a workspace or its store goes through this class, and nothing else
 * in inc calls `unlink`, `rename` and the like (a test checks it). Every directory on the
 * way is opened without following a symlink, and the change is made relative to it: another process that puts a symlink
 * there meanwhile does not lead inc out. Where the system offers no such way, the directories are checked before and
 * afterwards.
 *
 * All paths are relative to the root. A symlink at the last name is not followed either.
 */
export class Contained {
  /** Absolute. It may be a symlink itself, if the user named one. */
  readonly root: string;
  readonly #descriptors: boolean;

  /** @param descriptors False: only what every system offers is used. */
  constructor(root: string, descriptors = hasDescriptors()) {
    this.root = root;
    this.#descriptors = descriptors;
  }

  /**
   * Passes on a path that is valid for one immediate operation. Throws a SymlinkError, or Node's error for a
   * missing directory.
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

  /** Opens a directory: by the path of the result it is the same one until that is closed, for other processes too. */
  hold(path: string): Directory {
    return this.#open(path, undefined);
  }

  /** Acts in a directory, created if missing: it stays the same directory even when it is renamed meanwhile. */
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

  /** Removes a path, if it exists, with all below it. */
  remove(path: string): void {
    this.#unlessAbsent(() => this.at(path, (place) => removeEntry(place, this.#descriptors)));
  }

  /** Removes a path that is written next: also creates the directories above it. */
  vacate(path: string): void {
    this.at(path, (place) => removeEntry(place, this.#descriptors), true);
  }

  /** Removes an empty directory. False: it is not empty, or not a directory. */
  removeEmpty(path: string): boolean {
    try {
      this.at(path, (place) => rmdirSync(place));
      return true;
    } catch {
      return false;
    }
  }

  /** Creates a directory and its missing parents. Returns those that it created. */
  makeDirectory(path: string, mode = 0o777): readonly string[] {
    const made: string[] = [];
    this.#open(path, { mode, made }).close();
    return made;
  }

  /** Replaces the symlink at a path atomically, by way of a temporary name. */
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

  /** Changes the mode of a file or directory. */
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
   * Changes a tree. If a directory in it lacks its owner's write permission, grants that and tries once more.
   * @param before Called before the second try.
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
    return this.#descriptors ? descend(this.root, path, make) : descendByName(this.root, path, make);
  }
}

function chmodUnlinked(place: string, path: string, mode: number, stat: Stats = lstatSync(place)): void {
  if (stat.isSymbolicLink()) throw new SymlinkError(path);
  if ((stat.mode & 0o7777) !== mode) chmodSync(place, mode);
}
