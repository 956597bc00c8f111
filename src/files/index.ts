import { dirname } from "node:path";
import type { DirectoryEntry } from "../host/files/host.ts";
import type { Identity } from "../model/identity.ts";
import { ancestors } from "../model/path.ts";
import { ClosingLook, type Interval, type Seen } from "./closing-look.ts";
import type { FileIndexOptions, IndexContext } from "./context.ts";
import { Disk } from "./disk.ts";
import { Epoch, type Moment } from "./epoch.ts";
import { Identities } from "./identities.ts";
import { type Came, Listings } from "./listings.ts";
import { differs } from "./moved.ts";
import type { PackedRecords } from "./packed/records.ts";
import { RacyClock } from "./racy-clock.ts";
import { ReadAhead } from "./read-ahead.ts";
import { Records } from "./records.ts";
import { settle } from "./settle.ts";
import type { Digested } from "./small-bytes.ts";
import type { Tree } from "./tree.ts";
import { Unwatched } from "./unwatched.ts";
import { Vouched } from "./vouched.ts";

/**
 * Path → identity, so that only what changed is digested anew. A record counts as long as `lstat` gives what it gave
 * and it is trusted (see RacyClock). Within an epoch every path is examined once and stays as it was seen (see Epoch,
 * Records). Paths are relative to the root, with `/`, or absolute outside of it.
 */
export class FileIndex {
  readonly ahead: ReadAhead;
  readonly vouched: Vouched;
  readonly #context: IndexContext;
  readonly #seen: Seen;
  /** What `forget` was called for in this table. */
  readonly #forgotten = new Set<string>();

  constructor({ root, files, clock, hasher, packed, watched }: FileIndexOptions) {
    const disk = new Disk(root, files);
    const racyClock = new RacyClock(clock, packed.tick);
    this.ahead = new ReadAhead(files, racyClock, (path) => disk.absolute(path));
    this.vouched = new Vouched(packed, disk);
    const { ahead, vouched } = this;
    const [epoch, unwatched] = [new Epoch(), new Unwatched(watched)];
    this.#context = { disk, clock: racyClock, epoch, unwatched, ahead, packed, vouched };
    const records = new Records(this.#context);
    const listings = new Listings(this.#context, records, hasher);
    const identities = new Identities(this.#context, records, listings, hasher);
    this.#seen = { disk, records, listings, identities };
  }

  /** Begins a new table, in which everything is examined again. */
  pin(): void {
    this.#context.epoch.begin();
    this.vouched.end();
    this.#seen.records.beginTable();
    this.#seen.listings.beginTable();
    this.#forgotten.clear();
  }

  /**
   * Begins a new table in which what was seen holds where a watcher reports changes, except at and below the changed
   * paths and the forgotten ones. Directories as a whole, links and what was absent are examined again, by what is
   * known of their parts.
   */
  repin(changed: Iterable<string>): void {
    const { epoch, unwatched } = this.#context;
    const { records, listings, identities } = this.#seen;
    epoch.advance();
    records.beginTable();
    listings.beginTable();
    identities.clear();
    records.outdateAbsent();
    for (const path of unwatched.take()) this.#drop(path);
    for (const path of changed) {
      this.#drop(dirname(path));
      for (const dropped of records.withBelow(path)) this.#drop(dropped);
    }
    // With an output inc makes or removes the directories that hold nothing else.
    for (const path of this.#forgotten) for (const above of ancestors(path)) this.#drop(above);
    this.#forgotten.clear();
  }

  /**
   * The next look at a path and at all below it is a new one, in this epoch too: inc or a task has written there.
   * How something below came to be known does not matter: by itself, in a listing, as absent, or as part of a tree.
   */
  forget(path: string): void {
    const { records, listings, identities } = this.#seen;
    for (const forgotten of records.withBelow(path)) {
      identities.forget(forgotten);
      listings.forget(forgotten);
      records.forget(forgotten);
    }
    identities.forgetLinked();
    this.#forgotten.add(path);
  }

  /** What inc wrote itself since the last table began: the watcher may report it later than the next one begins. */
  get forgotten(): ReadonlySet<string> {
    return this.#forgotten;
  }

  /** The moment of the present table: what was gathered from a table counts only while this stays the same. */
  get moment(): Moment {
    return this.#context.epoch.now;
  }

  /** True where every change of a directory's entries is reported. */
  isWatched(directory: string): boolean {
    return this.#context.unwatched.covers(directory);
  }

  /** True for a path of this table that the next one examines again, whatever changes are reported. */
  isUnwatched(path: string): boolean {
    return this.#context.unwatched.has(path);
  }

  /** From here on `unchanged` compares with the present state. */
  rebase(): void {
    this.#context.epoch.rebase();
  }

  /** A path as the index names it: relative to the root, or absolute outside of it. */
  relative(absolute: string): string {
    return this.#seen.disk.relative(absolute);
  }

  absolute(path: string): string {
    return this.#seen.disk.absolute(path);
  }

  /** What is at a path; undefined: nothing. Throws a DiagnosticError for what cannot be read. */
  identify(path: string): Identity | undefined {
    return this.#seen.identities.identify(path);
  }

  /** Where a symlink leads, by one step; undefined when it is none. */
  target(path: string): string | undefined {
    const text = this.#seen.identities.link(path);
    return text === undefined ? undefined : this.#seen.disk.target(path, text);
  }

  /** A directory's whole content; undefined when it is no directory. */
  identifyTree(path: string): Tree | undefined {
    return this.#seen.identities.tree(path);
  }

  /** A directory's entries, sorted; undefined when it is no directory. */
  list(path: string): readonly DirectoryEntry[] | undefined {
    return this.#seen.listings.list(path);
  }

  /** True for a file of this epoch that has the content that it had in the packed index, or at the last `rebase`. */
  unchanged(path: string): boolean {
    return this.#seen.records.isUnchanged(path);
  }

  /** True when this epoch has looked at a path, or has listed it. */
  isExamined(path: string): boolean {
    return this.#seen.records.isExamined(path) || this.isListed(path);
  }

  /** True for a file that this epoch has seen, not for a link to one. */
  isFile(path: string): boolean {
    return this.#seen.records.isFile(path);
  }

  /**
   * True when something that this epoch examined was changed after a time of the file system's clock, in nanoseconds.
   * @param except True for a path that does not count.
   */
  changedSince(time: bigint, except: (path: string) => boolean): boolean {
    return this.#seen.records.changedSince(time, except);
  }

  /** True when `note` was called for a file with the content and executable bit that it has. */
  isNoted(path: string): boolean {
    return this.#seen.records.isNoted(path);
  }

  /**
   * Remembers, across runs, that a version was appended for a file; never for a symlink, whose target is not seen here.
   */
  note(path: string): void {
    this.#seen.records.note(path);
  }

  /** Versions were appended for these files that this index does not know of: `note` no longer holds for them. */
  unnote(paths: Iterable<string>): void {
    this.#seen.records.unnote(paths);
  }

  /** The bytes of a small file as they were digested, which are held no longer. Undefined: they are not held. */
  takeBytes(path: string): Digested | undefined {
    return this.#seen.records.bytes.take(path);
  }

  /** The mode of a file or directory as it was last seen; undefined: it was not. */
  mode(path: string): number | undefined {
    return this.#seen.records.last(path)?.stat.mode;
  }

  /** When a file was last written, as it was last seen, in nanoseconds since the epoch; undefined: it was not. */
  mtime(path: string): bigint | undefined {
    return this.#seen.records.last(path)?.stat.mtime;
  }

  /** Size in bytes of a file as it was last seen. */
  size(path: string): number {
    return this.#seen.identities.size(path);
  }

  /** Those of the paths that no longer have the content that this epoch saw. */
  moved(paths: readonly string[]): string[] {
    const look = this.closingLook();
    return paths.filter((path) => look.compare(path) === "moved");
  }

  /** @param interval Of an attempt, to see also what was something else while it ran. */
  closingLook(interval?: Interval): ClosingLook {
    return new ClosingLook(this.#seen, interval);
  }

  /**
   * The present table has decided all that it decides. Looks that only prepare the next run may still see something else at a path:
   * until the next table begins, such a path differs.
   */
  conclude(): void {
    this.#seen.records.conclude();
  }

  /** True when something else is at a path than the last table took; undefined: nothing was seen there. */
  differs(path: string): boolean | undefined {
    return differs(path, this.#seen);
  }

  /** Directories at and below a path that this epoch has listed; of the empty path: all, also outside of the root. */
  listed(below: string): IterableIterator<string> {
    return this.#seen.listings.current(below);
  }

  /** True when this epoch has listed a directory. */
  isListed(path: string): boolean {
    return this.#seen.listings.isCurrent(path);
  }

  /**
   * Lists again the directories of this epoch at and below a path that may have changed, so that `list` gives what is
   * there now.
   */
  relist(below = ""): void {
    this.#seen.listings.relist(below);
  }

  /** Grows whenever a directory that was listed may be listed with other entries than before. */
  get listings(): number {
    return this.#seen.listings.version;
  }

  /** How often `relist` found other entries in a directory than there were before. */
  get relisted(): number {
    return this.#seen.listings.relisted;
  }

  /** What `relist` found in directories of this table that was not there before. */
  get came(): readonly Came[] {
    return this.#seen.listings.came;
  }

  /** True while every directory of this epoch, as `relist` left them, has the content that it was identified by. */
  treesHold(): boolean {
    return this.#seen.identities.treesHold();
  }

  /**
   * Reads again what this epoch saw in the very tick it was written in, once the clock has moved on.
   * Returns the paths whose content had changed by then.
   * @param limit Leaves alone what would be more than so many bytes altogether: the next run reads it.
   */
  settle(limit: number): string[] {
    return settle(this.#seen, this.#context.clock, limit);
  }

  /** True when nothing was seen in the very tick it was written in, but what `settle` has read again since. */
  isTrusted(): boolean {
    return this.#seen.records.untrusted().next().done === true;
  }

  /** All records; which of them this epoch examined, as ids; and where it found nothing, absolute. */
  pack(): PackedRecords {
    return this.#seen.records.pack();
  }

  /** Has the next look at a path examine it anew, and the next listing list it anew. */
  #drop(path: string): void {
    this.#seen.records.outdate(path);
    this.#seen.listings.drop(path);
  }
}
