import { dirname, isAbsolute, join } from "node:path";
import type { DirectoryEntry, FileClock, FileReader, FileStat, Hasher } from "../host/files/host.ts";
import { defined } from "../model/defined.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import { type Identity, sameIdentity } from "../model/identity.ts";
import { dictionary } from "../model/own.ts";
import { ancestors, isWithin, overlap, workspacePath } from "../model/path.ts";
import { ClosingLook, type Interval, MAX_LINKS, type Pinned } from "./closing-look.ts";
import { type IndexRecord, type PackedIndex, packIndex } from "./pack.ts";
import { PathTree } from "./path-tree.ts";
import { RacyClock, sameStat } from "./racy-clock.ts";
import { ReadAhead } from "./read-ahead.ts";
import { readTree, type Tree } from "./tree.ts";

export interface FileIndexOptions {
  /** Absolute path that relative ones are taken from. */
  readonly root: string;
  readonly files: FileReader;
  readonly clock: FileClock;
  readonly hasher: Hasher;
  /** What an earlier run knew. */
  readonly packed: PackedIndex;
  /** True for a directory of whose entries every change is told to `repin`; absent: nobody watches. */
  readonly watched?: (directory: string) => boolean;
}

/** `pinned`: the generation that looked at it last. */
type Known = IndexRecord & {
  readonly pinned: number;
  /** It is as the packed index has it, which was trusted. */
  readonly unchanged: boolean;
};

/** On the way from a directory through the symlinks in it: where it began, and the directories that were met, by path. */
interface Followed {
  /** Absolute. */
  readonly root: string;
  readonly met: Map<string, Identity>;
}

/** Something that was not in a directory before, or was something else. */
export interface Came {
  readonly path: string;
  readonly type: DirectoryEntry["type"];
}

/** Bytes of small files that are held at once: reading them again costs more than holding them. */
const BYTES_IN_MEMORY = 32 * 1024 * 1024;

/** Stands for the generation of what is to be looked at again, whatever the generation. */
const DROPPED = -1;

/**
 * Path → identity, so that only what changed is digested anew. A record counts as long as `lstat` gives what it gave and
 * it is trusted (see RacyClock). Within a generation (`pin`) every path is looked at once and stays as it was seen.
 * Paths are relative to the root, with `/`, or absolute outside of it.
 */
export class FileIndex {
  readonly hasher: Hasher;
  readonly ahead: ReadAhead;
  readonly #root: string;
  readonly #files: FileReader;
  readonly #clock: RacyClock;
  readonly #packed: PackedIndex;
  readonly #known = new Map<string, Known>();
  /** Files for which `noted` does not hold, whatever their records say. */
  readonly #unnoted = new Set<string>();
  readonly #absent = new Map<string, number>();
  readonly #trees = new Map<string, { readonly tree: Tree; readonly pinned: number }>();
  /** Directories with symlinks in them, as inputs. */
  readonly #inputs = new Map<string, { readonly identity: Identity; readonly pinned: number }>();
  readonly #listings = new Map<string, { readonly entries: readonly DirectoryEntry[]; readonly pinned: number }>();
  /** Bytes of small files as they were digested, for who is to keep them. */
  readonly #bytes = new Map<string, Buffer>();
  #room = BYTES_IN_MEMORY;
  readonly #watched: ((directory: string) => boolean) | undefined;
  /** What this generation saw where nobody watches. */
  readonly #unwatched = new Set<string>();
  /** Everything that was ever looked at, whether it was there or not. */
  readonly #seen = new PathTree();
  /** What `forget` was called for in this table. */
  readonly #forgotten = new Set<string>();
  /** Directories whose times `relist` found to be others in this table. */
  readonly #changedDirectories = new Set<string>();
  readonly #pinned: Pinned = this.#asPinned();
  /** What was seen to be other than at the last `rebase`; undefined: the packed index is what counts. */
  #changed: Set<string> | undefined;
  #ids: Map<string, number> | undefined;
  #generation = 0;
  #tables = 0;
  #relisted = 0;
  #came: Came[] = [];

  constructor(options: FileIndexOptions) {
    this.#root = options.root;
    this.#files = options.files;
    this.hasher = options.hasher;
    this.#packed = options.packed;
    this.#watched = options.watched;
    this.#clock = new RacyClock(options.clock, options.packed.tick);
    this.ahead = new ReadAhead(options.files, this.#clock, (path) => this.absolute(path));
  }

  /** Begins a new table: what was seen before is looked at again. */
  pin(): void {
    this.#generation += 1;
    this.#tables += 1;
    this.#came = [];
    this.#forgotten.clear();
    this.#changedDirectories.clear();
  }

  /** How many tables were begun. */
  get tables(): number {
    return this.#tables;
  }

  /**
   * Begins a new table in which what was seen holds where somebody watches, except at and below the paths that are told
   * and those that were forgotten. Directories as a whole, links and what was absent are looked at again, by what is known
   * of their parts.
   */
  repin(changed: Iterable<string>): void {
    this.#tables += 1;
    this.#came = [];
    this.#changedDirectories.clear();
    this.#trees.clear();
    this.#inputs.clear();
    for (const path of this.#absent.keys()) this.#absent.set(path, DROPPED);
    for (const path of this.#unwatched) this.#drop(path);
    this.#unwatched.clear();
    for (const path of changed) {
      for (const dropped of [dirname(path), ...this.#withBelow(path)]) this.#drop(dropped);
    }
    // With an output inc makes or removes the directories that hold nothing else.
    for (const path of this.#forgotten) for (const above of ancestors(path)) this.#drop(above);
    this.#forgotten.clear();
  }

  /** What inc wrote itself since the last table began: the watcher may tell of it later than the next one begins. */
  get forgotten(): ReadonlySet<string> {
    return this.#forgotten;
  }

  /** True where every change of a directory's entries is told. */
  isWatched(directory: string): boolean {
    return this.#watched?.(directory) === true;
  }

  /** True for a path that was looked at in this table and has to be in the next, whatever is told. */
  isUnwatched(path: string): boolean {
    return this.#unwatched.has(path);
  }

  /** From here on `unchanged` asks for what is the same as now. */
  rebase(): void {
    this.#changed = new Set();
  }

  /** As paths are named here: relative to the root, or absolute outside of it. */
  relative(absolute: string): string {
    return workspacePath(this.#root, absolute);
  }

  absolute(path: string): string {
    return isAbsolute(path) ? path : join(this.#root, path);
  }

  /** What stands at a path; undefined: nothing. Throws a DiagnosticError for what cannot be read. */
  identify(path: string): Identity | undefined {
    return this.#identify(path, 0, undefined);
  }

  /** The text of a symlink, wherever it leads; undefined when it is none. */
  link(path: string): string | undefined {
    const record = this.#recordOf(path);
    return record === "directory" ? undefined : record?.text;
  }

  /** Where a symlink leads, by one step; undefined when it is none. */
  target(path: string): string | undefined {
    const text = this.link(path);
    return text === undefined ? undefined : this.#linkTarget(path, text);
  }

  /** A directory's whole content; undefined when it is no directory. */
  identifyTree(path: string): Tree | undefined {
    const known = this.#trees.get(path);
    if (known?.pinned === this.#generation) return known.tree;
    const tree = readTree(path, this);
    if (tree !== undefined) this.#trees.set(path, { tree, pinned: this.#generation });
    return tree;
  }

  /** A directory's entries, sorted; undefined when it is no directory. */
  list(path: string): readonly DirectoryEntry[] | undefined {
    const known = this.#listings.get(path);
    if (known?.pinned === this.#generation) return known.entries;
    const stat = this.#stat(path);
    if (stat === undefined) this.#miss(path);
    if (stat?.type !== "directory") return undefined;
    // The tick is taken before the directory is read.
    const trusted = this.#clock.after(stat);
    const entries = this.#read(path, (absolute) => this.#files.readDirectory(absolute)) ?? [];
    const digest = trusted ? undefined : this.#listingDigest(entries);
    this.#keep({ path, stat, digest, text: undefined, trusted, noted: false });
    this.#letGo(path, entries);
    this.#listings.set(path, { entries, pinned: this.#generation });
    if (this.#watched?.(path) === false) this.#unwatched.add(path);
    return entries;
  }

  /** True for a file that this generation found to look as the packed index has it, trusted; or to be as at `rebase`. */
  unchanged(path: string): boolean {
    const known = this.#known.get(path);
    if (known?.pinned !== this.#generation || known.stat.type !== "file") return false;
    return this.#changed === undefined ? known.unchanged : !this.#changed.has(path);
  }

  /** True when `note` was called for a file with the content and executable bit that it has. */
  isNoted(path: string): boolean {
    return !this.#unnoted.has(path) && (this.#known.get(path)?.noted ?? false);
  }

  /** Remembers, across runs, that a version was appended for a file. Of a symlink the target is not seen here: it never is. */
  note(path: string): void {
    const known = this.#known.get(path);
    if (known?.stat.type === "file") this.#known.set(path, { ...known, noted: true });
    this.#unnoted.delete(path);
  }

  /** Versions were appended for these files that this index does not know of: `note` no longer holds for them. */
  unnote(paths: Iterable<string>): void {
    for (const path of paths) this.#unnoted.add(path);
  }

  /** The bytes of a small file that were digested last, once: they are given away. Undefined: they are not at hand. */
  takeBytes(path: string): Buffer | undefined {
    const bytes = this.#bytes.get(path);
    this.#forgetBytes(path);
    return bytes;
  }

  /** The mode of a file or directory as it was last seen; undefined: it was not. */
  mode(path: string): number | undefined {
    return this.#known.get(path)?.stat.mode;
  }

  /** When a file was last written, as it was last seen, in nanoseconds since the epoch; undefined: it was not. */
  mtime(path: string): bigint | undefined {
    return this.#known.get(path)?.stat.mtime;
  }

  /** Size in bytes of a file as it was last seen. */
  size(path: string): number {
    return this.#known.get(path)?.stat.size ?? 0;
  }

  /** Which of the paths do not have the content that this generation saw. */
  moved(paths: readonly string[]): string[] {
    const look = this.closingLook();
    return paths.filter((path) => look.verdict(path) === "moved");
  }

  /** @param interval Of an attempt, to see also what was something else while it ran. */
  closingLook(interval?: Interval): ClosingLook {
    return new ClosingLook(this.#pinned, interval);
  }

  /** Directories at and below a path that this generation has listed. */
  *listed(below: string): IterableIterator<string> {
    for (const [path, { pinned }] of this.#listings)
      if (pinned === this.#generation && isWithin(path, below)) yield path;
  }

  /**
   * Whether something else stands at a path than was seen last, by its content: a touch is no change. Undefined: nobody
   * has looked there, nor at a directory that it is in as a whole.
   */
  differs(path: string): boolean | undefined {
    const stat = this.#stat(path);
    const known = this.#known.get(path);
    const listed = this.#listings.has(path) || this.#trees.has(path);
    if (stat === undefined) return known !== undefined || listed;
    if (stat.type === "directory") return listed ? false : this.#absent.has(path) || this.#isInTree(path) || undefined;
    if (known === undefined) return listed || this.#absent.has(path) || this.#isInTree(path) || undefined;
    if (known.stat.type !== stat.type || (known.stat.mode & 0o100) !== (stat.mode & 0o100)) return true;
    if (known.text !== undefined) return this.#read(path, (absolute) => this.#files.readlink(absolute)) !== known.text;
    if (known.trusted && sameStat(known.stat, stat)) return false;
    return stat.type === "file" && (stat.size !== known.stat.size || this.#pinned.digest(path) !== known.digest);
  }

  /** Lists again the directories of this generation that may have changed, so that `list` tells what is there now. */
  relist(below = ""): void {
    for (const [path, { pinned, entries }] of [...this.#listings]) {
      if ((pinned !== this.#generation && pinned !== DROPPED) || !isWithin(path, below)) continue;
      const known = this.#known.get(path);
      const stat = this.#stat(path);
      const same = known !== undefined && stat !== undefined && sameStat(known.stat, stat);
      if (pinned !== DROPPED && known?.trusted === true && same) continue;
      if (pinned !== DROPPED && !same) this.#changedDirectories.add(path);
      this.#listings.delete(path);
      this.#compare(path, entries, this.list(path) ?? []);
    }
  }

  /** How often `relist` found other entries in a directory than there were before. */
  get relisted(): number {
    return this.#relisted;
  }

  /** What `relist` found in directories of this table that was not there before. */
  get came(): readonly Came[] {
    return this.#came;
  }

  /** True when this generation has listed a directory. */
  isListed(path: string): boolean {
    return this.#listings.get(path)?.pinned === this.#generation;
  }

  /** A directory's entry is the later look: what was seen there before and is something else is looked at again. */
  expect(path: string, type: DirectoryEntry["type"]): void {
    if (this.#known.get(path)?.stat.type !== type) this.#unpin(path);
  }

  /** True while every directory of this generation, as `relist` left them, has the content that it was identified by. */
  treesHold(): boolean {
    return [...this.#trees].every(
      ([path, { tree, pinned }]) =>
        pinned !== this.#generation || sameIdentity(readTree(path, this)?.identity, tree.identity),
    );
  }

  /**
   * The next look at a path and at all below it is a new one, in this generation too: inc or a task has written there.
   * How something below came to be known does not matter: by itself, in a listing, as absent, or as part of a tree.
   */
  forget(path: string): void {
    for (const forgotten of this.#withBelow(path)) {
      this.#trees.delete(forgotten);
      this.#listings.delete(forgotten);
      this.#absent.delete(forgotten);
      this.#changedDirectories.delete(forgotten);
      this.#unpin(forgotten);
    }
    // A directory elsewhere may hold a link that leads here.
    this.#inputs.clear();
    this.#forgotten.add(path);
  }

  /**
   * Reads again what this generation saw in the very tick it was written in, once the clock has moved on.
   * Returns the paths whose content had changed by then.
   * @param limit Leaves alone what would be more than so many bytes altogether: the next run reads it.
   */
  settle(limit: number): string[] {
    let left = limit;
    const open = [...this.#known.values()].filter((known) => {
      if (known.trusted || known.pinned !== this.#generation) return false;
      left -= known.stat.type === "file" ? known.stat.size : 0;
      return left >= 0;
    });
    if (open.length === 0 || !this.#clock.waitBeyond(open.map(({ stat }) => stat))) return [];
    return open.filter((before) => !this.#resettle(before)).map(({ path }) => path);
  }

  /** True when nothing was seen in the very tick it was written in, but what `settle` has read again since. */
  isTrusted(): boolean {
    for (const { trusted, pinned } of this.#known.values()) if (!trusted && pinned === this.#generation) return false;
    return true;
  }

  /** All records; which of them this generation looked at, as ids; and where it found nothing, absolute. */
  pack(): { readonly bytes: Uint8Array; readonly checks: Uint32Array; readonly absent: readonly string[] } {
    const known = [...this.#known.values()];
    const checks = known.flatMap(({ pinned }, id) => (pinned === this.#generation ? [id] : []));
    const records: IndexRecord[] = [...known];
    // What this run did not look at is kept for the next, but not without bound.
    const room = 4 * checks.length + 1000;
    for (const [path, id] of this.#allIds()) {
      if (records.length >= room) break;
      if (!this.#known.has(path) && !this.#absent.has(path)) records.push(this.#packed.record(id));
    }
    return {
      bytes: packIndex(
        records.map((record) => (this.#unnoted.has(record.path) ? { ...record, noted: false } : record)),
        this.#clock.latest,
      ),
      checks: Uint32Array.from(checks),
      absent: [...this.#absent].flatMap(([path, pinned]) => (pinned === this.#generation ? [this.absolute(path)] : [])),
    };
  }

  #asPinned(): Pinned {
    const isNow = (pinned: number | undefined): boolean => pinned === this.#generation;
    return {
      record: (path) => {
        const known = this.#known.get(path);
        return isNow(known?.pinned) ? known : undefined;
      },
      tree: (path) => {
        const known = this.#trees.get(path);
        return isNow(known?.pinned) ? known?.tree : undefined;
      },
      isAbsent: (path) => isNow(this.#absent.get(path)),
      hasChanged: (directory) => this.#changedDirectories.has(directory),
      stat: (path) => this.#stat(path),
      born: (path) => this.#read(path, (absolute) => this.#files.born(absolute)),
      digest: (path) => this.#read(path, (absolute) => this.#files.digest(absolute)),
      text: (path) => this.#read(path, (absolute) => this.#files.readlink(absolute)),
      treeNow: (path) => {
        this.relist(path);
        return readTree(path, this);
      },
      linkTarget: (path, text) => this.#linkTarget(path, text),
    };
  }

  #identify(path: string, links: number, followed: Followed | undefined): Identity | undefined {
    const record = this.#recordOf(path);
    if (record === "directory") return this.#identifyDirectory(path, links, followed);
    return record === undefined ? undefined : this.#identityOf(record, links, followed);
  }

  /** What this generation knows of a path, after a look when it knows nothing yet. */
  #recordOf(path: string): IndexRecord | "directory" | undefined {
    if (this.#absent.get(path) === this.#generation) return undefined;
    const known = this.#known.get(path);
    if (known?.pinned === this.#generation) return known;
    const stat = this.#stat(path);
    if (stat === undefined) this.#miss(path);
    if (stat === undefined || stat.type === "directory") return stat?.type as "directory" | undefined;
    const before = this.#recall(path);
    const same = before?.trusted === true && sameStat(before.stat, stat);
    // What is written by another of its names is not told at this one.
    if (stat.type === "file" && stat.links > 1n) this.#unwatched.add(path);
    return same ? this.#keep(before, this.#known.get(path)?.unchanged ?? true) : this.#look(path, stat);
  }

  /** With what the symlinks in it lead to. */
  #identifyDirectory(path: string, links: number, followed: Followed | undefined): Identity | undefined {
    const known = this.#inputs.get(path);
    if (followed === undefined && known?.pinned === this.#generation) return known.identity;
    const tree = this.identifyTree(path);
    if (tree === undefined || links >= MAX_LINKS) return tree?.identity;
    const symlinks = tree.listing.filter((entry) => entry.type === "symlink");
    if (symlinks.length === 0) return tree.identity;
    const way = followed ?? { root: this.absolute(path), met: new Map() };
    const before = way.met.get(path);
    if (before !== undefined) return before;
    // Whoever comes back here through a link finds the content alone.
    way.met.set(path, tree.identity);
    const targets = symlinks.flatMap(({ path: name }) => {
      const link = this.#identify(`${path}/${name}`, links, way);
      return link?.type === "symlink" && link.target !== undefined ? [[name, link.target] as const] : [];
    });
    const identity: Identity = {
      ...tree.identity,
      ...(targets.length === 0 ? {} : { targets: dictionary(targets) }),
    };
    way.met.set(path, identity);
    // What was found on the way from another directory is cut where it meets that one.
    if (followed === undefined) this.#inputs.set(path, { identity, pinned: this.#generation });
    return identity;
  }

  #look(path: string, stat: FileStat): Known {
    if (stat.type === "other") throw new DiagnosticError(notAFile(path));
    const isFile = stat.type === "file";
    const ahead = isFile ? this.ahead.take(path, stat) : undefined;
    // The tick has to be taken before reading begins: see RacyClock.
    const trusted = ahead === undefined ? this.#clock.after(stat) : ahead.trusted;
    const digest = isFile ? (ahead?.digest ?? this.#digest(path)) : undefined;
    const text = isFile ? undefined : this.#read(path, (absolute) => this.#files.readlink(absolute));
    const before = isFile ? this.#recall(path) : undefined;
    const noted =
      before?.noted === true &&
      !this.#unnoted.has(path) &&
      before.digest === digest &&
      (before.stat.mode & 0o100) === (stat.mode & 0o100);
    return this.#keep({ path, stat, digest, text, trusted, noted });
  }

  #digest(path: string): Digest {
    this.#forgetBytes(path);
    const keep = (bytes: Uint8Array): void => {
      if (bytes.length > this.#room) return;
      this.#bytes.set(path, Buffer.from(bytes));
      this.#room -= bytes.length;
    };
    return this.#read(path, (absolute) => this.#files.digest(absolute, keep));
  }

  #forgetBytes(path: string): void {
    this.#room += this.#bytes.get(path)?.length ?? 0;
    this.#bytes.delete(path);
  }

  #identityOf(record: IndexRecord, links: number, followed: Followed | undefined): Identity | undefined {
    if (record.stat.type === "directory") return this.#identifyDirectory(record.path, links, followed);
    if (record.stat.type === "file")
      return { type: "file", digest: record.digest as Digest, executable: (record.stat.mode & 0o100) !== 0 };
    const text = record.text as string;
    const target = links < MAX_LINKS ? this.#linkTarget(record.path, text) : undefined;
    const ends = target === undefined || (followed !== undefined && this.#endsAt(target, followed.root));
    const identity = ends ? undefined : this.#identify(target, links + 1, followed);
    return { type: "symlink", text, ...defined({ target: identity }) };
  }

  /** True where a link in a directory counts by its text alone. Devices, pipes and sockets have no content. */
  #endsAt(target: string, root: string): boolean {
    return this.#isAround(target, root) || this.#stat(target)?.type === "other";
  }

  /** True for what is in the directory that is being looked at, which is digested anyway, and for what that one is in. */
  #isAround(target: string, root: string): boolean {
    const path = this.absolute(target);
    return overlap(path, root);
  }

  /** One step: every link of a chain is looked at by itself, so that a change of any of them is seen. */
  #linkTarget(path: string, text: string): string | undefined {
    const directory = this.#files.realpath(dirname(this.absolute(path)));
    if (directory === undefined) return undefined;
    const target = isAbsolute(text) ? text : join(directory, text);
    const inside = this.relative(target);
    return inside === "." ? target : inside;
  }

  #isInTree(path: string): boolean {
    for (const above of ancestors(path)) if (this.#trees.has(above)) return true;
    return false;
  }

  /** False: it is not what it was. */
  #resettle(before: Known): boolean {
    const stat = this.#stat(before.path);
    if (stat === undefined) {
      this.#miss(before.path);
      return false;
    }
    if (!sameStat(before.stat, stat)) return false;
    if (stat.type !== "directory") return this.#look(before.path, stat).digest === before.digest;
    this.#listings.delete(before.path);
    return this.#listingDigest(this.list(before.path) ?? []) === before.digest;
  }

  #compare(path: string, before: readonly DirectoryEntry[], now: readonly DirectoryEntry[]): void {
    if (sameEntries(before, now)) return;
    this.#relisted += 1;
    const known = new Map(before.map(({ name, type }) => [name, type]));
    const inside = path === "." ? "" : `${path}/`;
    for (const { name, type } of now) if (known.get(name) !== type) this.#came.push({ path: inside + name, type });
  }

  #listingDigest(entries: readonly DirectoryEntry[]): Digest {
    return this.hasher.digest(JSON.stringify(entries.map(({ name, type }) => [name, type])));
  }

  #stat(path: string): FileStat | undefined {
    return this.#read(path, (absolute) => this.#files.stat(absolute));
  }

  #read<T>(path: string, look: (absolute: string) => T): T {
    try {
      return look(this.absolute(path));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw code === undefined ? error : new DiagnosticError(unreadable(path, code, message));
    }
  }

  #recall(path: string): IndexRecord | undefined {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const id = this.#allIds().get(path);
    return id === undefined || this.#clock.wentBack ? undefined : this.#packed.record(id);
  }

  #keep(record: IndexRecord, unchanged = false): Known {
    const { path } = record;
    const before = this.#known.get(path);
    const known: Known = { ...record, pinned: this.#generation, unchanged };
    if (this.#changed !== undefined && !sameContent(before, known)) this.#changed.add(path);
    this.#known.set(path, known);
    this.#absent.delete(path);
    if (before === undefined) this.#seen.add(path);
    if (this.#watched?.(dirname(path)) === false) this.#unwatched.add(path);
    return known;
  }

  /**
   * What a directory no longer has was seen to be gone, with all below it, though nobody looked there. What this table holds
   * stays: attempts are compared with it.
   */
  #letGo(path: string, now: readonly DirectoryEntry[]): void {
    const left = new Set(now.map(({ name }) => name));
    const gone = (this.#listings.get(path)?.entries ?? []).filter(({ name }) => !left.has(name));
    for (const below of gone.flatMap(({ name }) => this.#withBelow(join(path, name)))) {
      if (this.#known.get(below)?.pinned !== this.#generation) this.#known.delete(below);
      if (this.#listings.get(below)?.pinned !== this.#generation) this.#listings.delete(below);
    }
  }

  #withBelow(path: string): readonly string[] {
    return [path, ...this.#seen.below(path)];
  }

  #miss(path: string): void {
    this.#known.delete(path);
    this.#changed?.add(path);
    this.#absent.set(path, this.#generation);
    this.#seen.add(path);
  }

  /** It is looked at again, and so is what is in it. */
  #drop(path: string): void {
    this.#unpin(path);
    const listed = this.#listings.get(path);
    // What it had is kept to tell by what comes into it from now on.
    if (listed !== undefined) this.#listings.set(path, { ...listed, pinned: DROPPED });
  }

  #unpin(path: string): void {
    const known = this.#known.get(path);
    if (known !== undefined) this.#known.set(path, { ...known, pinned: DROPPED });
    if (this.#absent.get(path) === this.#generation) this.#absent.delete(path);
  }

  #allIds(): ReadonlyMap<string, number> {
    if (this.#ids === undefined) {
      this.#ids = new Map();
      for (let id = 0; id < this.#packed.count; id += 1) this.#ids.set(this.#packed.path(id), id);
    }
    return this.#ids;
  }
}

function sameEntries(a: readonly DirectoryEntry[], b: readonly DirectoryEntry[]): boolean {
  return a.length === b.length && a.every(({ name, type }, i) => name === b[i]?.name && type === b[i]?.type);
}

function sameContent(a: IndexRecord | undefined, b: IndexRecord): boolean {
  return (
    a !== undefined &&
    a.digest === b.digest &&
    a.text === b.text &&
    a.stat.type === b.stat.type &&
    (a.stat.mode & 0o100) === (b.stat.mode & 0o100)
  );
}

function unreadable(path: string, code: string, message: string): Diagnostic {
  const help =
    code === "EACCES" || code === "EPERM"
      ? `make it readable: chmod u+rX ${path}; a source may be excluded from its set instead`
      : `look at it: ls -l ${path}`;
  return {
    code: "INC4101",
    severity: "error",
    message: `"${path}" cannot be read (${code})`,
    notes: [{ message }],
    help: [help],
  };
}

function notAFile(path: string): Diagnostic {
  return {
    code: "INC4102",
    severity: "error",
    message: `"${path}" is neither a file, a directory nor a symlink`,
    help: ["sockets, pipes and devices have no content to digest: exclude it"],
  };
}
