import { lstatSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { readSnapshotCheck, type SnapshotCheck } from "../../workspace/snapshot-check.ts";

/** How many paths are looked at in one turn of the event loop. */
const SLICE = 256;
/** With more paths that nobody tells of, or that have changed, whoever asks is as fast by itself. */
const MOST = 1000;

/** A snapshot's paths, by who would tell of a change. */
interface Kept {
  /** Of the snapshot's file. */
  readonly stamp: string;
  readonly check: SnapshotCheck;
  /** Path → id, where every change is told. */
  readonly followed: Map<string, number>;
  /** Directories that have to be watched for that. */
  readonly directories: Set<string>;
  /** Directories above what is in `told`. */
  readonly above: Set<string>;
  /** Ids that have to be looked at every time. */
  readonly unfollowed: number[];
  /** What changed since it was looked at, or may have. */
  readonly changed: Set<string>;
  /** Everything was looked at once. */
  complete: boolean;
}

/** Who watches the tree. */
export interface Watcher {
  /** True for a path, relative to the workspace, of which every change is told, its entries' not counted. */
  follows(path: string): boolean;
  /** True for a directory of whose entries every change is told. */
  isWatched(directory: string): boolean;
}

/**
 * Knows from events whether all that the snapshot names still looks the same: each path is looked at once after the
 * snapshot was written, then only when it is told of. What makes it so: a path's times, size, mode, and number change only
 * by what is told at the path itself, at what stands in it, or at a directory that it is in; and of what that does not hold
 * (not watched, or another name of the same file) nothing is assumed. It holds what it saw as long as no event was lost.
 */
export class SnapshotWatch {
  readonly #workspace: string;
  readonly #directory: string;
  readonly #watcher: Watcher;
  #kept: Kept | undefined;

  constructor(workspace: string, directory: string, watcher: Watcher) {
    this.#workspace = workspace;
    this.#directory = directory;
    this.#watcher = watcher;
  }

  /** Paths that changed, or may have. */
  changed(paths: readonly string[]): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    for (const path of paths) kept.changed.add(path);
    if (kept.changed.size > MOST) this.forget();
  }

  /** Some changes were not told. */
  forget(): void {
    this.#kept = undefined;
  }

  /**
   * The snapshot when everything that it names looks as it did, changed paths included. Undefined: it does not, or that is
   * not known; then everything is looked at by and by, for the next question. Throws what the file system throws.
   */
  current(): SnapshotCheck | undefined {
    const kept = this.#kept;
    if (kept === undefined || kept.stamp !== this.#stamp() || ![...kept.directories].every(this.#isWatched)) {
      this.#kept = undefined;
      void this.renew();
      return undefined;
    }
    const { check } = kept;
    if (!kept.complete || !check.isCurrent() || !this.#settle(kept)) return undefined;
    const holds =
      kept.unfollowed.every((id) => check.looksSame(id)) &&
      check.header.selections.every((selection) => check.isStillAbsent(selection));
    return holds ? check : undefined;
  }

  /** Looks at everything that the snapshot names, in slices, unless that was done or is going on. */
  async renew(): Promise<void> {
    try {
      await this.#renew();
    } catch {
      // What cannot be looked at is told of by the command that needs it.
      this.forget();
    }
  }

  async #renew(): Promise<void> {
    const stamp = this.#stamp();
    if (stamp === undefined || this.#kept?.stamp === stamp) return;
    const check = readSnapshotCheck(this.#workspace, this.#directory);
    // It is read after its stamp was: another one in its place is noticed by the next question.
    if (check === undefined || check.header.selections.length === 0) return;
    const kept = keep(stamp, check);
    this.#kept = kept;
    const { ids } = check;
    for (let at = 0; at < ids.length; at += 1) {
      if (at % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
      if (this.#kept !== kept) return;
      this.#sort(kept, ids[at] as number);
      if (kept.unfollowed.length > MOST) return;
    }
    kept.complete = true;
  }

  readonly #isWatched = (directory: string): boolean => this.#watcher.isWatched(directory);

  /** Looks at a path for the first time. */
  #sort(kept: Kept, id: number): void {
    const path = kept.check.path(id);
    // Before its times are looked at: another name that it gets later changes those.
    const stat = lstatSync(kept.check.absolute(path), { throwIfNoEntry: false });
    const isDirectory = stat?.isDirectory() === true;
    const isFollowed =
      this.#watcher.follows(path) &&
      (isDirectory ? this.#watcher.isWatched(path) : stat !== undefined && stat.nlink === 1);
    if (!isFollowed) {
      kept.unfollowed.push(id);
      return;
    }
    kept.followed.set(path, id);
    kept.directories.add(isDirectory ? path : dirname(path));
    for (let above = dirname(path); !kept.above.has(above); above = dirname(above)) kept.above.add(above);
    if (!kept.check.looksSame(id)) kept.changed.add(path);
  }

  /** False while something that changed does not look as it did. */
  #settle(kept: Kept): boolean {
    for (const path of kept.changed) {
      if (this.#hasOtherNames(kept, path)) {
        this.forget();
        return false;
      }
      for (const id of concerned(kept, path)) if (!kept.check.looksSame(id)) return false;
      kept.changed.delete(path);
    }
    return true;
  }

  /** Of what is written by its other names nothing may be told. */
  #hasOtherNames(kept: Kept, path: string): boolean {
    const stat = lstatSync(kept.check.absolute(path), { throwIfNoEntry: false });
    return stat !== undefined && !stat.isDirectory() && stat.nlink > 1;
  }

  #stamp(): string | undefined {
    const stat = statSync(join(this.#directory, "snapshot"), { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? undefined : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
  }
}

function keep(stamp: string, check: SnapshotCheck): Kept {
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

/** Ids of what may look otherwise when something changed at a path: itself, the directory it is in, and all below it. */
function concerned({ followed, above }: Kept, path: string): number[] {
  const ids = [followed.get(path), followed.get(dirname(path))].filter((id) => id !== undefined);
  if (!above.has(path)) return ids;
  const below = path === "." ? "" : `${path}/`;
  for (const [other, id] of followed) if (other.startsWith(below)) ids.push(id);
  return ids;
}
