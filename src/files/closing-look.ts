import { dirname } from "node:path";
import type { FileStat } from "../host/files/host.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import { sameIdentity } from "../model/identity.ts";
import type { IndexRecord } from "./pack.ts";
import { sameStat } from "./racy-clock.ts";
import type { Tree } from "./tree.ts";

/** Symlinks that lead to one another are followed no further than the kernel does. */
export const MAX_LINKS = 40;

/**
 * What a path is compared with what was pinned. `touched`: it has the content that it had, but something happened to it since
 * the attempt began: it may have been something else in between.
 */
export type Verdict = "same" | "touched" | "moved";

/** What a closing look asks of the file index. Paths as the index takes them. */
export interface Pinned {
  /** As it was pinned; undefined: it is not in this table. */
  record(path: string): IndexRecord | undefined;
  tree(path: string): Tree | undefined;
  /** True when nothing was there. */
  isAbsent(path: string): boolean;
  /** True when a directory was seen to have changed since it was pinned. */
  hasChanged(directory: string): boolean;
  /** What is there now. */
  stat(path: string): FileStat | undefined;
  born(path: string): bigint | undefined;
  digest(path: string): Digest;
  text(path: string): string;
  treeNow(path: string): Tree | undefined;
  linkTarget(path: string, text: string): string | undefined;
}

/** An attempt whose inputs are looked at again. */
export interface Interval {
  /** The file system's clock when it began, in nanoseconds. */
  readonly since: bigint;
  /** True when the paths were pinned after that: that they look as they were pinned says nothing of before. */
  readonly isPinnedSince?: boolean;
  /** What tasks make in a directory: paths of outputs, and of directories on the way to some. Undefined: not for tasks. */
  made(directory: string): MadeIn;
}

export interface MadeIn {
  /** Some output is directly in it. */
  readonly outputs: boolean;
  /** Directories in it that lead to outputs, as whole paths. */
  readonly onTheWay: Iterable<string>;
}

/**
 * Compares paths with what was pinned. Content decides what has moved. Whether a path was something else for a while, only
 * times tell: ctime of what was moved or written, and of the directory that something came into and left again, which nobody
 * can set back. Where tasks make outputs, a directory's times tell nothing.
 */
export class ClosingLook {
  readonly #pinned: Pinned;
  readonly #interval: Interval | undefined;
  /** Symlinks may lead to one tree from everywhere, from inside of it too. */
  readonly #trees = new Map<string, Verdict>();
  readonly #ways = new Map<string, Verdict>();

  /** @param interval Undefined: only content counts. */
  constructor(pinned: Pinned, interval?: Interval) {
    this.#pinned = pinned;
    this.#interval = interval;
  }

  /** Of a path with all that is in it and all that it leads to. */
  verdict(path: string): Verdict {
    try {
      return this.#follow(path, 0);
    } catch (error) {
      // It was read before, and cannot be any more: the next look says why.
      if (error instanceof DiagnosticError) return "moved";
      throw error;
    }
  }

  /** `touched` when something came into a directory since, or left it, though it may hold what it held before. */
  directory(path: string): Verdict {
    const interval = this.#interval;
    if (interval === undefined) return "same";
    const known = this.#pinned.record(path);
    const stat = this.#pinned.stat(path);
    if (stat === undefined || stat.ctime < interval.since) return "same";
    if (known !== undefined && this.#isAsBefore(known, stat) && !this.#pinned.hasChanged(path)) return "same";
    const made = interval.made(path);
    if (made.outputs) return "same";
    // That a directory was made in it for an output is no trace of anything else, if it is the last one.
    for (const way of made.onTheWay) if ((this.#pinned.born(way) ?? 0n) >= stat.ctime) return "same";
    return "touched";
  }

  #follow(path: string, links: number): Verdict {
    const tree = this.#pinned.tree(path);
    if (tree === undefined) return worst([this.#record(path, links), this.#way(dirname(path))]);
    const known = this.#trees.get(path);
    if (known !== undefined) return known;
    this.#trees.set(path, "same");
    const verdict = worst([this.#tree(path, tree, links), this.#way(dirname(path))]);
    this.#trees.set(path, verdict);
    return verdict;
  }

  #tree(path: string, tree: Tree, links: number): Verdict {
    const directories = new Set([path]);
    for (const entry of tree.listing) {
      const whole = `${path}/${entry.path}`;
      if (entry.type === "directory") directories.add(whole);
      for (let above = dirname(whole); !directories.has(above); above = dirname(above)) directories.add(above);
    }
    const inside = worst([...directories].map((directory) => this.directory(directory)));
    if (!sameIdentity(this.#pinned.treeNow(path)?.identity, tree.identity)) return "moved";
    const files = tree.listing.filter(({ type }) => type !== "directory");
    return worst([inside, ...files.map((entry) => this.#record(`${path}/${entry.path}`, links))]);
  }

  #record(path: string, links: number): Verdict {
    const stat = this.#pinned.stat(path);
    const known = this.#pinned.record(path);
    if (known === undefined) {
      if (!this.#pinned.isAbsent(path)) return "same";
      return stat === undefined ? this.directory(dirname(path)) : "moved";
    }
    if (stat === undefined || !this.#sameContent(known, stat)) return "moved";
    const touched: Verdict = this.#isAsBefore(known, stat) || !this.#isSince(stat) ? "same" : "touched";
    if (known.text === undefined) return touched;
    const target = links < MAX_LINKS ? this.#pinned.linkTarget(path, known.text) : undefined;
    return worst([touched, target === undefined ? "same" : this.#follow(target, links + 1)]);
  }

  #sameContent(known: IndexRecord, stat: FileStat): boolean {
    if (known.stat.type !== stat.type) return false;
    const unseen = !(known.trusted && sameStat(known.stat, stat));
    if (stat.type === "symlink") return !unseen || this.#pinned.text(known.path) === known.text;
    if (stat.type !== "file") return true;
    if (known.stat.size !== stat.size || (known.stat.mode & 0o100) !== (stat.mode & 0o100)) return false;
    return !unseen || this.#pinned.digest(known.path) === known.digest;
  }

  /** The directories above a path, and the symlinks among them: one that was switched and back leads elsewhere meanwhile. */
  #way(directory: string): Verdict {
    if (this.#interval === undefined || directory === dirname(directory)) return "same";
    const known = this.#ways.get(directory);
    if (known !== undefined) return known;
    // What it leads to may lead back here.
    this.#ways.set(directory, "same");
    const verdict = worst([this.#step(directory), this.#way(dirname(directory))]);
    this.#ways.set(directory, verdict);
    return verdict;
  }

  #step(directory: string): Verdict {
    const stat = this.#pinned.stat(directory);
    if (stat?.type === "symlink") {
      const target = this.#pinned.linkTarget(directory, this.#pinned.text(directory));
      return worst([this.#isSince(stat) ? "touched" : "same", target === undefined ? "same" : this.#way(target)]);
    }
    // What comes and goes in it changes both of its times, what is done to the directory itself only one.
    return stat !== undefined && this.#isSince(stat) && stat.ctime !== stat.mtime ? "touched" : "same";
  }

  /** True when nothing has happened to it since the attempt began, whatever its times say. */
  #isAsBefore(known: IndexRecord, stat: FileStat): boolean {
    return this.#interval?.isPinnedSince !== true && sameStat(known.stat, stat);
  }

  #isSince({ ctime }: FileStat): boolean {
    return this.#interval !== undefined && ctime >= this.#interval.since;
  }
}

/** The one that weighs most. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("moved")) return "moved";
  return verdicts.includes("touched") ? "touched" : "same";
}
