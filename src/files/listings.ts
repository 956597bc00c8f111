import { join } from "node:path";
import type { DirectoryEntry, Hasher } from "../host/files/host.ts";
import type { Digest } from "../model/digest.ts";
import { isWithin } from "../model/path.ts";
import type { IndexContext } from "./context.ts";
import { type Moment, NEVER } from "./epoch.ts";
import type { IndexRecord } from "./packed/pack.ts";
import { sameStat } from "./racy-clock.ts";
import type { Records } from "./records.ts";

/** Something that was not in a directory before, or was something else. */
export interface Came {
  readonly path: string;
  readonly type: DirectoryEntry["type"];
}

/** The entries of a directory. `seen` is NEVER for a dropped listing, which is held to find out what has come since. */
interface Listing {
  readonly entries: readonly DirectoryEntry[];
  readonly seen: Moment;
}

/**
 * The entries of directories. A listing counts for its epoch, unless it was dropped; the directory has a record, too.
 */
export class Listings {
  readonly #context: IndexContext;
  readonly #records: Records;
  readonly #hasher: Hasher;
  readonly #known = new Map<string, Listing>();
  /** Directories whose times `relist` found to be others in this table. */
  readonly #changed = new Set<string>();
  #came: Came[] = [];
  #relisted = 0;
  /** Grows whenever a directory may be listed with other entries than before. */
  version = 0;

  constructor(context: IndexContext, records: Records, hasher: Hasher) {
    this.#context = context;
    this.#records = records;
    this.#hasher = hasher;
  }

  /** A new table begins. */
  beginTable(): void {
    this.version += 1;
    this.#came = [];
    this.#changed.clear();
  }

  /** Sorted; undefined when it is no directory. */
  list(path: string): readonly DirectoryEntry[] | undefined {
    const { epoch, disk, clock, unwatched } = this.#context;
    const known = this.#known.get(path);
    if (known !== undefined && epoch.holds(known.seen)) return known.entries;
    const stat = disk.stat(path);
    if (stat === undefined) this.#records.miss(path);
    if (stat?.type !== "directory") return undefined;
    // The tick is taken before the directory is read.
    const trusted = clock.after(stat);
    const entries = disk.entries(path) ?? [];
    const digest = trusted ? undefined : this.#digest(entries);
    this.#records.keep({ path, stat, digest, text: undefined, trusted, noted: false });
    this.#letGo(path, entries);
    this.#known.set(path, { entries, seen: epoch.now });
    unwatched.addDirectory(path);
    return entries;
  }

  /** Lists again the directories of this epoch that may have changed. */
  relist(below: string): void {
    const { epoch, disk } = this.#context;
    for (const [path, { seen, entries }] of [...this.#known]) {
      const isDropped = seen === NEVER;
      if (!(isDropped || epoch.holds(seen)) || !isBelow(path, below)) continue;
      const record = this.#records.last(path);
      const stat = disk.stat(path);
      const same = record !== undefined && stat !== undefined && sameStat(record.stat, stat);
      if (!isDropped && record?.trusted === true && same) continue;
      if (!isDropped && !same) this.#changed.add(path);
      this.#known.delete(path);
      this.#compare(path, entries, this.list(path) ?? []);
    }
  }

  /** True when a directory that was not trusted has, listed again, the entries that it had. */
  isAsBefore({ path, digest }: IndexRecord): boolean {
    this.version += 1;
    this.#known.delete(path);
    return this.#digest(this.list(path) ?? []) === digest;
  }

  /** Drops a listing: the next look lists the directory anew, and `relist` compares with the entries that it had. */
  drop(path: string): void {
    const listing = this.#known.get(path);
    if (listing === undefined) return;
    this.version += 1;
    this.#known.set(path, { ...listing, seen: NEVER });
  }

  forget(path: string): void {
    if (this.#known.delete(path)) this.version += 1;
    this.#changed.delete(path);
  }

  /** Directories at and below a path that this epoch has listed. */
  *current(below: string): IterableIterator<string> {
    const { epoch } = this.#context;
    for (const [path, { seen }] of this.#known) if (epoch.holds(seen) && isBelow(path, below)) yield path;
  }

  isCurrent(path: string): boolean {
    return this.#context.epoch.holds(this.#known.get(path)?.seen);
  }

  /** True for a directory that was ever listed and is not forgotten. */
  wasListed(path: string): boolean {
    return this.#known.has(path);
  }

  /** True when a directory was seen to have changed since this table began. */
  hasChanged(directory: string): boolean {
    return this.#changed.has(directory);
  }

  /** What `relist` found in directories of this table that was not there before. */
  get came(): readonly Came[] {
    return this.#came;
  }

  /** How often `relist` found other entries in a directory than there were before. */
  get relisted(): number {
    return this.#relisted;
  }

  /** Notes that entries which a directory no longer lists are gone with all below them, without a look at those. */
  #letGo(path: string, now: readonly DirectoryEntry[]): void {
    const { epoch } = this.#context;
    const left = new Set(now.map(({ name }) => name));
    const gone = (this.#known.get(path)?.entries ?? []).filter(({ name }) => !left.has(name));
    for (const below of gone.flatMap(({ name }) => this.#records.withBelow(join(path, name)))) {
      this.#records.letGo(below);
      if (!epoch.holds(this.#known.get(below)?.seen)) this.#known.delete(below);
    }
  }

  #compare(path: string, before: readonly DirectoryEntry[], now: readonly DirectoryEntry[]): void {
    if (sameEntries(before, now)) return;
    this.#relisted += 1;
    this.version += 1;
    const known = new Map(before.map(({ name, type }) => [name, type]));
    const inside = path === "." ? "" : `${path}/`;
    for (const { name, type } of now) if (known.get(name) !== type) this.#came.push({ path: inside + name, type });
  }

  #digest(entries: readonly DirectoryEntry[]): Digest {
    return this.#hasher.digest(JSON.stringify(entries.map(({ name, type }) => [name, type])));
  }
}

/** Everything is below the empty path, what is outside of the root as well. */
function isBelow(path: string, below: string): boolean {
  return below === "" || isWithin(path, below);
}

function sameEntries(a: readonly DirectoryEntry[], b: readonly DirectoryEntry[]): boolean {
  return a.length === b.length && a.every(({ name, type }, i) => name === b[i]?.name && type === b[i]?.type);
}
