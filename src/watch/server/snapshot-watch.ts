import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { snapshotStamp } from "../../workspace/snapshot.ts";
import { readSnapshotCheck, type SnapshotCheck } from "../../workspace/snapshot-check.ts";

/** The number of paths that are examined in one turn of the event loop. */
const SLICE = 256;
/** With more unfollowed or changed paths than this, a command is as fast when it checks them itself. */
const MOST = 1000;

/** The paths of a snapshot: those whose changes come as events, and the others. */
interface Watched {
  /** Identifies the snapshot's file. */
  readonly stamp: string;
  readonly check: SnapshotCheck;
  /** Path → id, for paths whose every change comes as an event. */
  readonly followed: Map<string, number>;
  /** The directories that have to be watched for that. */
  readonly directories: Set<string>;
  /** The directories above the paths in `followed`. */
  readonly above: Set<string>;
  /** The ids of all other paths, which are examined for every question. */
  readonly unfollowed: number[];
  /** The paths that have, or may have, changed since they were examined. */
  readonly changed: Set<string>;
  /** True once every path was examined. */
  complete: boolean;
}

/** Knows which changes of the tree come as events. */
export interface Watcher {
  /**
   * True for a path, relative to the workspace, whose every change comes as an event, those of its entries not
   * counted.
   */
  follows(path: string): boolean;
  /** True for a directory when every change of its entries comes as an event. */
  isWatched(directory: string): boolean;
}

/**
 * Knows from events whether every path of the snapshot still looks the same: it looks at each path once after the
 * snapshot was written, and then only after an event. This is sound because the times, size, mode and inode of a path
 * change only together with an event for the path itself, for an entry of it, or for a directory above it. Paths for
 * which that does not hold (they are not watched, or their file has other names) are examined every time. A lost
 * event voids everything.
 */
export class SnapshotWatch {
  readonly #workspace: string;
  readonly #directory: string;
  readonly #watcher: Watcher;
  #watched: Watched | undefined;

  constructor(workspace: string, directory: string, watcher: Watcher) {
    this.#workspace = workspace;
    this.#directory = directory;
    this.#watcher = watcher;
  }

  /** Paths that changed, or may have. */
  changed(paths: readonly string[]): void {
    const watched = this.#watched;
    if (watched === undefined) return;
    for (const path of paths) watched.changed.add(path);
    if (watched.changed.size > MOST) this.forget();
  }

  /** Some events were lost. */
  forget(): void {
    this.#watched = undefined;
  }

  /**
   * The snapshot if every path of it looks as it did, those that changed included. Undefined: some path differs, or
   * that is not known yet; the paths are then examined in the background, for the next question. Throws what the
   * file system throws.
   */
  current(): SnapshotCheck | undefined {
    const watched = this.#watched;
    if (watched === undefined || watched.stamp !== this.#stamp() || ![...watched.directories].every(this.#isWatched)) {
      this.#watched = undefined;
      void this.renew();
      return undefined;
    }
    const { check } = watched;
    const since = watched.complete ? check.currentSince() : undefined;
    if (since === undefined) return undefined;
    // First what is absent: what looks as it did after that did so at that moment, too.
    const holds =
      check.header.selections.every((selection) => check.absentSince(selection, since) !== undefined) &&
      this.#settle(watched) &&
      watched.unfollowed.every((id) => check.looksSame(id));
    return holds ? check : undefined;
  }

  /** Looks at every path of the snapshot, in slices, unless that was done or is under way. */
  async renew(): Promise<void> {
    try {
      await this.#renew();
    } catch {
      // The command that needs a path that cannot be read reports it.
      this.forget();
    }
  }

  async #renew(): Promise<void> {
    const stamp = this.#stamp();
    if (stamp === undefined || this.#watched?.stamp === stamp) return;
    const check = readSnapshotCheck(this.#workspace, this.#directory);
    // The stamp was read first: the next question notices when another snapshot has taken the place of this one.
    if (check === undefined || check.header.selections.length === 0) return;
    const watched = watchedOf(stamp, check);
    this.#watched = watched;
    const { ids } = check;
    for (let at = 0; at < ids.length; at += 1) {
      if (at % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
      if (this.#watched !== watched) return;
      this.#sort(watched, ids[at] as number);
      if (watched.unfollowed.length > MOST) return;
    }
    watched.complete = true;
  }

  readonly #isWatched = (directory: string): boolean => this.#watcher.isWatched(directory);

  /** Looks at a path for the first time. */
  #sort(watched: Watched, id: number): void {
    const path = watched.check.path(id);
    // The number of links is read before the times: another name that the file gets later changes them.
    const stat = lstatSync(watched.check.absolute(path), { throwIfNoEntry: false });
    const isDirectory = stat?.isDirectory() === true;
    const isFollowed =
      this.#watcher.follows(path) &&
      (isDirectory ? this.#watcher.isWatched(path) : stat !== undefined && stat.nlink === 1);
    if (!isFollowed) {
      watched.unfollowed.push(id);
      return;
    }
    watched.followed.set(path, id);
    watched.directories.add(isDirectory ? path : dirname(path));
    for (let above = dirname(path); !watched.above.has(above); above = dirname(above)) watched.above.add(above);
    if (!watched.check.looksSame(id)) watched.changed.add(path);
  }

  /** False while a changed path does not look as it did. */
  #settle(watched: Watched): boolean {
    for (const path of watched.changed) {
      if (this.#hasOtherNames(watched, path)) {
        this.forget();
        return false;
      }
      for (const id of concerned(watched, path)) if (!watched.check.looksSame(id)) return false;
      watched.changed.delete(path);
    }
    return true;
  }

  /** Writes through the other names of a file may come without an event. */
  #hasOtherNames(watched: Watched, path: string): boolean {
    const stat = lstatSync(watched.check.absolute(path), { throwIfNoEntry: false });
    return stat !== undefined && !stat.isDirectory() && stat.nlink > 1;
  }

  #stamp(): string | undefined {
    return snapshotStamp(this.#directory);
  }
}

function watchedOf(stamp: string, check: SnapshotCheck): Watched {
  return {
    stamp,
    check,
    followed: new Map(),
    directories: new Set(),
    above: new Set(),
    unfollowed: [],
    changed: new Set(),
    complete: false,
  };
}

/** The ids of the paths that an event may concern: its own, the directory above it, and everything below it. */
function concerned({ followed, above }: Watched, path: string): number[] {
  const ids = [followed.get(path), followed.get(dirname(path))].filter((id) => id !== undefined);
  if (!above.has(path)) return ids;
  const below = path === "." ? "" : `${path}/`;
  for (const [other, id] of followed) if (other.startsWith(below)) ids.push(id);
  return ids;
}
