import { dirname } from "node:path";
import type { FileStat } from "../host/files/host.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { sameIdentity } from "../model/identity.ts";
import { type Disk, MAX_LINKS } from "./disk.ts";
import type { Identities } from "./identities.ts";
import type { Listings } from "./listings.ts";
import type { IndexRecord } from "./packed/pack.ts";
import { COARSEST_TICK, isBefore, sameStat } from "./racy-clock.ts";
import type { Records } from "./records.ts";
import { isExecutable } from "./records.ts";
import type { Tree } from "./tree.ts";

/**
 * How a path compares with what was pinned. `touched`: it has the content that it had, but something happened to it
 * since the attempt began: it may have been something else in between.
 */
export type Comparison = "same" | "touched" | "moved";

/** What an index has seen, and the disk as it is now. */
export interface Seen {
  readonly disk: Disk;
  readonly records: Records;
  readonly listings: Listings;
  readonly identities: Identities;
}

/** An attempt whose inputs are examined again. */
export interface Interval {
  /** The file system's clock when it began, in nanoseconds. */
  readonly since: bigint;
  /** True when the paths were pinned after that: that they look as they were pinned says nothing of before. */
  readonly isPinnedSince?: boolean;
  /** What tasks make in a directory. Undefined: it is inc's own, in which files come and go during every run. */
  made(directory: string): MadeIn | undefined;
}

/** Whole paths. */
export interface MadeIn {
  /** Directly in it. */
  readonly outputs: ReadonlySet<string>;
  /** Directories in it that lead to outputs. */
  readonly onTheWay: ReadonlySet<string>;
}

/**
 * Compares paths with what was pinned. Content decides what has moved. Whether a path was something else for a while,
 * only times show: ctime of what was moved or written, and of the directory that something came into and left again,
 * which no program can set back. Where tasks make outputs, that something came or went proves nothing.
 */
export class ClosingLook {
  readonly #seen: Seen;
  readonly #interval: Interval | undefined;
  /** Symlinks may lead to one tree from everywhere, from inside of it too. */
  readonly #trees = new Map<string, Comparison>();
  readonly #ways = new Map<string, Comparison>();

  /** @param interval Undefined: only content counts. */
  constructor(seen: Seen, interval?: Interval) {
    this.#seen = seen;
    this.#interval = interval;
  }

  /** Compares a path, with all that is in it and all that it leads to. */
  compare(path: string): Comparison {
    try {
      return this.#follow(path, 0);
    } catch (error) {
      // It could be read before and no longer can: the next look says why.
      if (error instanceof DiagnosticError) return "moved";
      throw error;
    }
  }

  /** `touched` when something came into a directory since, or left it, though it may hold what it held before. */
  directory(path: string): Comparison {
    const stat = this.#changed(path);
    const made = stat && this.#interval?.made(path);
    if (stat === undefined || made === undefined) return "same";
    // Commands also make temporary files beside their outputs.
    if (made.outputs.size > 0) return isItselfChanged(stat) ? "touched" : "same";
    return this.#isFromWay(stat, made) ? "same" : "touched";
  }

  /** The times of a directory to which something has happened since the attempt began. */
  #changed(path: string): FileStat | undefined {
    const stat = this.#seen.disk.stat(path);
    if (stat === undefined || !this.#isSince(stat)) return undefined;
    const known = this.#seen.records.current(path);
    const isAsPinned = known !== undefined && this.#isAsBefore(known, stat) && !this.#seen.listings.hasChanged(path);
    return isAsPinned ? undefined : stat;
  }

  /**
   * That a directory was made in it for an output is no trace of anything else, if it is the last change. The kernel reads its
   * clock for the new directory first and then for this one: a tick may lie between them.
   */
  #isFromWay({ ctime }: FileStat, { onTheWay }: MadeIn): boolean {
    for (const way of onTheWay) if (this.#isMadeAt(way, ctime)) return true;
    return false;
  }

  /** True when the last change of a directory is that an output was made in it, or moved there. */
  #isFromOutput({ ctime }: FileStat, { outputs }: MadeIn): boolean {
    for (const output of outputs) {
      const moved = this.#seen.disk.stat(output)?.ctime ?? 0n;
      if (this.#isMadeAt(output, ctime) || (moved <= ctime && moved + COARSEST_TICK >= ctime)) return true;
    }
    return false;
  }

  #isMadeAt(path: string, ctime: bigint): boolean {
    return (this.#seen.disk.born(path) ?? 0n) + COARSEST_TICK >= ctime;
  }

  #follow(path: string, links: number): Comparison {
    const tree = this.#seen.identities.seenTree(path);
    if (tree === undefined) return worst([this.#record(path, links), this.#way(dirname(path))]);
    const known = this.#trees.get(path);
    if (known !== undefined) return known;
    this.#trees.set(path, "same");
    const compared = worst([this.#tree(path, tree, links), this.#way(dirname(path))]);
    this.#trees.set(path, compared);
    return compared;
  }

  #tree(path: string, tree: Tree, links: number): Comparison {
    const directories = new Set([path]);
    for (const entry of tree.listing) {
      const whole = `${path}/${entry.path}`;
      if (entry.type === "directory") directories.add(whole);
      for (let above = dirname(whole); !directories.has(above); above = dirname(above)) directories.add(above);
    }
    // What reads it whole may have read whatever came and went, beside outputs as well.
    const isTouched =
      [...directories].some((each) => this.#isUnaccounted(each) || this.directory(each) === "touched") ||
      // An output that came into it afterwards hides that it was switched and back.
      (this.#changed(path) !== undefined && this.#isUnaccounted(dirname(path)));
    if (!sameIdentity(this.#seen.identities.treeNow(path)?.identity, tree.identity)) return "moved";
    const files = tree.listing.filter(({ type }) => type !== "directory");
    return worst([
      isTouched ? "touched" : "same",
      ...files.map((entry) => this.#record(`${path}/${entry.path}`, links)),
    ]);
  }

  #record(path: string, links: number): Comparison {
    const stat = this.#seen.disk.stat(path);
    if (stat !== undefined && this.#isAsVouched(path, stat)) return "same";
    const known = this.#seen.records.currentOrVouched(path);
    if (known === undefined) {
      if (!this.#seen.records.isAbsent(path)) return "same";
      return stat === undefined ? this.directory(dirname(path)) : "moved";
    }
    if (stat === undefined || !this.#sameContent(known, stat)) return "moved";
    const touched: Comparison = this.#isAsBefore(known, stat) || !this.#isSince(stat) ? "same" : "touched";
    if (known.text === undefined) return touched;
    const target = links < MAX_LINKS ? this.#seen.disk.target(path, known.text) : undefined;
    return worst([touched, target === undefined ? "same" : this.#follow(target, links + 1)]);
  }

  #sameContent(known: IndexRecord, stat: FileStat): boolean {
    if (known.stat.type !== stat.type) return false;
    const unseen = !(known.trusted && sameStat(known.stat, stat));
    if (stat.type === "symlink") return !unseen || this.#seen.disk.text(known.path) === known.text;
    if (stat.type !== "file") return true;
    if (known.stat.size !== stat.size || isExecutable(known.stat) !== isExecutable(stat)) return false;
    return !unseen || this.#seen.disk.digest(known.path) === known.digest;
  }

  /**
   * The directories above a path, and the symlinks among them: one that was switched and back leads elsewhere
   * meanwhile.
   */
  #way(directory: string): Comparison {
    if (this.#interval === undefined || directory === dirname(directory)) return "same";
    const known = this.#ways.get(directory);
    if (known !== undefined) return known;
    // What it leads to may lead back here.
    this.#ways.set(directory, "same");
    const compared = worst([this.#step(directory), this.#way(dirname(directory))]);
    this.#ways.set(directory, compared);
    return compared;
  }

  #step(directory: string): Comparison {
    const stat = this.#seen.disk.stat(directory);
    if (stat?.type === "symlink") {
      const target = this.#seen.disk.target(directory, this.#seen.disk.text(directory));
      return worst([this.#isSince(stat) ? "touched" : "same", target === undefined ? "same" : this.#way(target)]);
    }
    if (stat === undefined || !this.#isSince(stat)) return "same";
    if (isItselfChanged(stat)) return "touched";
    // What came or went in it afterwards hides that it was switched and back, which changed the one above, too.
    return this.directory(directory) === "touched" && this.#isUnaccounted(dirname(directory)) ? "touched" : "same";
  }

  /** True when the last change of a directory is neither an output in it nor on the way to one. */
  #isUnaccounted(directory: string): boolean {
    const stat = this.#changed(directory);
    const made = stat && this.#interval?.made(directory);
    if (stat === undefined || made === undefined) return false;
    return !this.#isFromWay(stat, made) && !this.#isFromOutput(stat, made);
  }

  /** The same as of its record, of a file that only the opening look has seen: no record is made. */
  #isAsVouched(path: string, stat: FileStat): boolean {
    return this.#interval?.isPinnedSince !== true && this.#seen.records.isFileAsVouched(path, stat);
  }

  /** True when nothing has happened to it since the attempt began, whatever its times say. */
  #isAsBefore(known: IndexRecord, stat: FileStat): boolean {
    return this.#interval?.isPinnedSince !== true && sameStat(known.stat, stat);
  }

  #isSince({ ctime }: FileStat): boolean {
    return this.#interval !== undefined && !isBefore(ctime, this.#interval.since);
  }
}

/** What comes and goes in a directory changes both of its times, what is done to the directory itself only one. */
function isItselfChanged({ ctime, mtime }: FileStat): boolean {
  return ctime !== mtime;
}

/** The comparison that weighs most: `moved`, then `touched`. */
export function worst(comparisons: readonly Comparison[]): Comparison {
  if (comparisons.includes("moved")) return "moved";
  return comparisons.includes("touched") ? "touched" : "same";
}
