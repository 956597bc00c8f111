import { dirname, isAbsolute, join, relative } from "node:path";
import type { DirectoryEntry, FileClock, FileReader, FileStat, Hasher } from "../host/host.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import { type Identity, type Listing, type ListingEntry, sameIdentity } from "../model/identity.ts";
import { compareBytes } from "../model/order.ts";
import { canonicalListing } from "./listing.ts";
import { type IndexRecord, type PackedIndex, packIndex } from "./pack.ts";
import { RacyClock, sameStat } from "./racy-clock.ts";

/** A directory with all that is in it. `size`: bytes of its files together. */
export interface Tree {
  readonly identity: Identity & { readonly type: "directory" };
  readonly listing: Listing;
  readonly size: number;
}

export interface FileIndexOptions {
  /** Absolute path that relative ones are taken from. */
  readonly root: string;
  readonly files: FileReader;
  readonly clock: FileClock;
  readonly hasher: Hasher;
  /** What an earlier run knew. */
  readonly packed: PackedIndex;
}

interface Known extends IndexRecord {
  /** The generation that looked at it last. */
  readonly pinned: number;
}

/** Symlinks that lead to one another are followed no further than the kernel does. */
const MAX_LINKS = 40;

/**
 * Path → identity, so that only what changed is digested anew. A record counts as long as `lstat` gives what it gave and
 * it is trusted (see RacyClock). Within a generation (`pin`) every path is looked at once and stays as it was seen.
 */
export class FileIndex {
  readonly #root: string;
  readonly #files: FileReader;
  readonly #hasher: Hasher;
  readonly #clock: RacyClock;
  readonly #packed: PackedIndex;
  readonly #known = new Map<string, Known>();
  readonly #absent = new Map<string, number>();
  readonly #trees = new Map<string, { readonly tree: Tree; readonly pinned: number }>();
  #ids: Map<string, number> | undefined;
  #generation = 0;

  constructor(options: FileIndexOptions) {
    this.#root = options.root;
    this.#files = options.files;
    this.#hasher = options.hasher;
    this.#packed = options.packed;
    this.#clock = new RacyClock(options.clock, options.packed.tick);
  }

  /** Begins a new table: what was seen before is looked at again. */
  pin(): void {
    this.#generation += 1;
  }

  absolute(path: string): string {
    return isAbsolute(path) ? path : join(this.#root, path);
  }

  /** What stands at a path; undefined: nothing. Throws a DiagnosticError for what cannot be read. */
  identify(path: string): Identity | undefined {
    return this.#identify(path, 0);
  }

  /** A directory's whole content, its symlinks as their text; undefined when it is no directory. */
  identifyTree(path: string): Tree | undefined {
    const known = this.#trees.get(path);
    if (known?.pinned === this.#generation) return known.tree;
    const tree = this.#readTree(path);
    if (tree !== undefined) this.#trees.set(path, { tree, pinned: this.#generation });
    return tree;
  }

  /** Looks at a path without reading it. `unchanged`: it looks as it did when it was recorded, and that is trusted. */
  observe(path: string): { readonly stat: FileStat; readonly unchanged: boolean } | undefined {
    const stat = this.#stat(path);
    if (stat === undefined) {
      this.#miss(path);
      return undefined;
    }
    const before = this.#recall(path);
    const unchanged = before?.trusted === true && sameStat(before.stat, stat);
    if (unchanged) this.#keep(before);
    else this.#keep({ path, stat, digest: undefined, text: undefined, trusted: this.#clock.after(stat) });
    return { stat, unchanged };
  }

  /** Which of the paths are not as this generation saw them, by what `lstat` says and, where that is not enough, by bytes. */
  moved(paths: readonly string[]): string[] {
    return paths.filter((path) => {
      const tree = this.#trees.get(path);
      if (tree?.pinned === this.#generation && this.#known.get(path)?.stat.type === "directory")
        return this.#treeMoved(path, tree.tree);
      return this.#recordMoved(path, 0);
    });
  }

  /** The next look at a path is a new one, in this generation too: inc or a task has written there. */
  forget(path: string): void {
    const tree = this.#trees.get(path)?.tree;
    this.#trees.delete(path);
    this.#unpin(path);
    for (const entry of tree?.listing ?? []) this.#unpin(`${path}/${entry.path}`);
    this.#absent.delete(path);
  }

  /**
   * Reads again what this generation saw in the very tick it was written in, once the clock has moved on.
   * Returns the paths whose content had changed by then.
   * @param limit Leaves alone files of more than so many bytes altogether: the next run reads them.
   */
  settle(limit: number): string[] {
    let left = limit;
    const open = [...this.#known.values()].filter((known) => {
      if (known.trusted || known.pinned !== this.#generation) return false;
      left -= known.digest === undefined ? 0 : known.stat.size;
      return left >= 0;
    });
    if (open.length === 0 || !this.#clock.waitBeyond(open.map(({ stat }) => stat))) return [];
    return open.filter((before) => !this.#resettle(before)).map(({ path }) => path);
  }

  /** All records, and which of them this generation looked at, as ids; `absent`: where it found nothing. */
  pack(): { readonly bytes: Uint8Array; readonly checks: Uint32Array; readonly absent: readonly string[] } {
    const records: IndexRecord[] = [...this.#known.values()];
    const checks = [...this.#known.values()].flatMap((known, id) => (known.pinned === this.#generation ? [id] : []));
    const room = 4 * checks.length + 1000;
    for (const [path, id] of this.#allIds()) {
      if (records.length >= room) break;
      if (!this.#known.has(path) && !this.#absent.has(path)) records.push(this.#packed.record(id));
    }
    return {
      bytes: packIndex(records, this.#clock.latest),
      checks: Uint32Array.from(checks),
      absent: [...this.#absent].flatMap(([path, pinned]) => (pinned === this.#generation ? [this.absolute(path)] : [])),
    };
  }

  /** True when this generation could not trust something it saw. */
  hasUntrusted(): boolean {
    for (const known of this.#known.values()) if (!known.trusted && known.pinned === this.#generation) return true;
    return false;
  }

  #identify(path: string, links: number): Identity | undefined {
    const pinned = this.#pinned(path);
    if (pinned === "absent") return undefined;
    if (pinned !== undefined && (pinned.digest !== undefined || pinned.stat.type !== "file")) return this.#identityOf(pinned, links);
    const stat = this.#stat(path);
    if (stat === undefined) {
      this.#miss(path);
      return undefined;
    }
    const before = this.#recall(path);
    const same = before?.trusted === true && sameStat(before.stat, stat) && (before.digest !== undefined || stat.type !== "file");
    return this.#identityOf(same ? this.#keep(before) : this.#look(path, stat), links);
  }

  #look(path: string, stat: FileStat): Known {
    if (stat.type === "other") throw new DiagnosticError(notAFile(path));
    // The tick has to be taken before reading begins: see RacyClock.
    const trusted = this.#clock.after(stat);
    return this.#keep({
      path,
      stat,
      digest: stat.type === "file" ? this.#read(path, (absolute) => this.#files.digest(absolute)) : undefined,
      text: stat.type === "symlink" ? this.#read(path, (absolute) => this.#files.readlink(absolute)) : undefined,
      trusted,
    });
  }

  #identityOf(record: IndexRecord, links: number): Identity | undefined {
    if (record.stat.type === "directory") return this.identifyTree(record.path)?.identity;
    if (record.stat.type === "file")
      return { type: "file", digest: record.digest as Digest, executable: (record.stat.mode & 0o100) !== 0 };
    const text = record.text as string;
    const target = links < MAX_LINKS ? this.#linkTarget(record.path, text) : undefined;
    const identity = target === undefined ? undefined : this.#identify(target, links + 1);
    return { type: "symlink", text, ...(identity === undefined ? {} : { target: identity }) };
  }

  /** One step: every link of a chain is looked at by itself, so that a change of any of them is seen. */
  #linkTarget(path: string, text: string): string | undefined {
    const directory = this.#files.realpath(dirname(this.absolute(path)));
    if (directory === undefined) return undefined;
    const target = isAbsolute(text) ? text : join(directory, text);
    const inside = relative(this.#root, target);
    return inside === "" || inside.startsWith("..") || isAbsolute(inside) ? target : inside;
  }

  #readTree(path: string): Tree | undefined {
    const seen = this.observe(path);
    if (seen?.stat.type !== "directory") return undefined;
    const listing: ListingEntry[] = [];
    this.#collect(path, "", listing);
    listing.sort((a, b) => compareBytes(a.path, b.path));
    const size = listing.reduce((sum, entry) => sum + (entry.type === "file" ? entry.size : 0), 0);
    return { identity: { type: "directory", digest: this.#hasher.digest(canonicalListing(listing)) }, listing, size };
  }

  #collect(root: string, below: string, into: ListingEntry[]): void {
    const path = below === "" ? root : `${root}/${below}`;
    if (below !== "") this.observe(path);
    const entries = this.#read(path, (absolute) => this.#files.readDirectory(absolute)) ?? [];
    if (entries.length === 0 && below !== "") into.push({ type: "directory", path: below });
    for (const entry of entries) this.#collectEntry(root, below === "" ? entry.name : `${below}/${entry.name}`, entry, into);
  }

  #collectEntry(root: string, path: string, entry: DirectoryEntry, into: ListingEntry[]): void {
    if (entry.type === "directory") return this.#collect(root, path, into);
    const identity = this.identify(`${root}/${path}`);
    if (identity?.type === "symlink") into.push({ type: "symlink", path, text: identity.text });
    if (identity?.type !== "file") return;
    const size = this.#known.get(`${root}/${path}`)?.stat.size ?? 0;
    into.push({ type: "file", path, digest: identity.digest, executable: identity.executable, size });
  }

  #treeMoved(path: string, tree: Tree): boolean {
    const pinned = this.#generation;
    const before = this.#trees.get(path);
    this.#trees.delete(path);
    const now = this.#readTree(path);
    if (before !== undefined) this.#trees.set(path, { ...before, pinned });
    return !sameIdentity(now?.identity, tree.identity) || this.moved(filesOf(path, tree)).length > 0;
  }

  #recordMoved(path: string, links: number): boolean {
    const stat = this.#stat(path);
    const known = this.#known.get(path);
    if (known === undefined || known.pinned !== this.#generation) return stat !== undefined && this.#absent.get(path) === this.#generation;
    if (stat === undefined || !sameStat(known.stat, stat)) return true;
    if (known.stat.type === "symlink") {
      const target = links < MAX_LINKS ? this.#linkTarget(path, known.text as string) : undefined;
      return target !== undefined && this.#recordMoved(target, links + 1);
    }
    if (known.trusted || known.digest === undefined) return false;
    return this.#read(path, (absolute) => this.#files.digest(absolute)) !== known.digest;
  }

  /** False: it is not what it was. */
  #resettle(before: Known): boolean {
    const stat = this.#stat(before.path);
    if (stat === undefined) {
      this.#miss(before.path);
      return false;
    }
    if (before.digest === undefined) {
      this.#keep({ ...before, stat, trusted: this.#clock.after(stat) });
      return sameStat(before.stat, stat);
    }
    return this.#look(before.path, stat).digest === before.digest && sameStat(before.stat, stat);
  }

  #stat(path: string): FileStat | undefined {
    return this.#read(path, (absolute) => this.#files.stat(absolute));
  }

  #read<T>(path: string, look: (absolute: string) => T): T {
    try {
      return look(this.absolute(path));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new DiagnosticError(unreadable(path, code, message));
    }
  }

  #pinned(path: string): Known | "absent" | undefined {
    const known = this.#known.get(path);
    if (known?.pinned === this.#generation) return known;
    return this.#absent.get(path) === this.#generation ? "absent" : undefined;
  }

  #recall(path: string): IndexRecord | undefined {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const id = this.#allIds().get(path);
    if (id === undefined || this.#clock.wentBack) return undefined;
    return this.#packed.record(id);
  }

  #keep(record: IndexRecord): Known {
    const known: Known = { ...record, pinned: this.#generation };
    this.#known.set(record.path, known);
    this.#absent.delete(record.path);
    return known;
  }

  #miss(path: string): void {
    this.#known.delete(path);
    this.#absent.set(path, this.#generation);
  }

  #unpin(path: string): void {
    const known = this.#known.get(path);
    if (known !== undefined) this.#known.set(path, { ...known, pinned: -1 });
  }

  #allIds(): ReadonlyMap<string, number> {
    if (this.#ids === undefined) {
      this.#ids = new Map();
      for (let id = 0; id < this.#packed.count; id += 1) this.#ids.set(this.#packed.path(id), id);
    }
    return this.#ids;
  }
}

function filesOf(root: string, tree: Tree): string[] {
  return tree.listing.filter(({ type }) => type !== "directory").map(({ path }) => `${root}/${path}`);
}

function unreadable(path: string, code: string, message: string) {
  return {
    code: "INC4101",
    severity: "error",
    message: `"${path}" cannot be read (${code})`,
    notes: [{ message }],
    help: code === "EACCES" || code === "EPERM" ? [`give yourself the right to read it, or exclude it`] : [`look at it with: ls -l ${path}`],
  } as const;
}

function notAFile(path: string) {
  return {
    code: "INC4102",
    severity: "error",
    message: `"${path}" is neither a file, a directory nor a symlink`,
    help: ["sockets, pipes and devices have no content to digest: exclude it"],
  } as const;
}
