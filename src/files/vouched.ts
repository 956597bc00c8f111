import { isAbsolute } from "node:path";
import type { FileStat } from "../host/files/host.ts";
import { isWithinAny } from "../model/path.ts";
import type { Disk } from "./disk.ts";
import { lookAt, looksSame, placesIn } from "./look.ts";
import type { IndexRecord, PackedIndex } from "./packed/pack.ts";

/**
 * What a look at the paths of the packed index, before this epoch began, found to look as it did: those paths need no other
 * look in this epoch. Says nothing once another epoch has begun.
 */
export class Vouched {
  readonly #packed: PackedIndex;
  readonly #disk: Disk;
  /** By id: 1 for a path that looks the same. */
  #same: Uint8Array | undefined;
  #absent: ReadonlySet<string> = new Set();
  /** Files and links that looked the same and were forgotten. */
  readonly #lost = new Set<string>();
  /** Directories in which inc or a task has written since, and paths without a record. */
  readonly #forgotten = new Set<string>();

  constructor(packed: PackedIndex, disk: Disk) {
    this.#packed = packed;
    this.#disk = disk;
  }

  /**
   * @param same By id of the packed index: 1 for a path that looks the same and is trusted.
   * @param absent Absolute paths where nothing was and nothing is.
   */
  begin(same: Uint8Array, absent: readonly string[]): void {
    this.#same = same;
    this.#absent = new Set(absent.map((path) => this.#disk.relative(path)));
  }

  end(): void {
    this.#same = undefined;
    this.#absent = new Set();
    this.#lost.clear();
    this.#forgotten.clear();
  }

  get isInForce(): boolean {
    return this.#same !== undefined;
  }

  forget(path: string): void {
    if (this.#same === undefined) return;
    const id = this.#packed.id(path);
    // Nothing is below a file: forgotten directories cost a look at all that is above a path, each time.
    if (id !== undefined && this.#packed.type(id) !== "directory") {
      if (this.#same[id] === 1) this.#lost.add(path);
      this.#same[id] = 0;
    } else this.#forgotten.add(path);
  }

  /** Takes in that nothing is at a path: no news where the look found nothing either. */
  miss(path: string): void {
    if (!this.wasAbsent(path)) this.forget(path);
  }

  /** True for a path where nothing was in the run before, and the look found nothing. */
  wasAbsent(path: string): boolean {
    return this.#absent.has(this.#disk.relative(this.#disk.absolute(path)));
  }

  /** Files and links that looked the same until inc or a task wrote there, or they were seen to be gone. */
  get lost(): Iterable<string> {
    return this.#lost;
  }

  /** Other places of which the same holds: directories, and paths where the run before had seen nothing. All inside of them counts. */
  get forgotten(): Iterable<string> {
    return this.#forgotten;
  }

  /** The record of a path that looks the same; undefined: it has to be looked at. */
  record(path: string): IndexRecord | undefined {
    const id = this.#id(path);
    return id === undefined ? undefined : this.#packed.record(id);
  }

  /** True for a path that looks the same. */
  covers(path: string): boolean {
    return this.#id(path) !== undefined;
  }

  /** True for a file that looked the same and has these looks. */
  isFileAs(path: string, stat: FileStat): boolean {
    const id = this.#id(path);
    return id !== undefined && stat.type === "file" && this.#packed.matches(id, stat);
  }

  /** True for a path that looks the same and for which a version was appended. */
  isNoted(path: string): boolean {
    const id = this.#id(path);
    return id !== undefined && this.#packed.noted(id);
  }

  /** True for the id of a path that looks the same. */
  has(id: number): boolean {
    return this.#same?.[id] === 1 && !this.#isForgotten(id);
  }

  /** Ids of all paths that look the same, in ascending order. */
  *ids(): IterableIterator<number> {
    for (let id = 0; id < (this.#same?.length ?? 0); id += 1) if (this.has(id)) yield id;
  }

  /** Paths that looked the same and no longer do. */
  moved(): readonly string[] {
    const ids = Uint32Array.from(this.ids());
    const same = lookAt(this.#packed, ids, this.#disk.absolute("."));
    return [...ids].filter((id) => same[id] === 0).map((id) => this.#packed.path(id));
  }

  /** Tells of paths whether they looked the same and no longer do. */
  look(): (path: string) => boolean {
    const place = placesIn(this.#disk.absolute("."));
    return (path) => {
      const id = this.#id(path);
      return id !== undefined && !looksSame(this.#packed, id, place(path));
    };
  }

  /** Symlinks among them that are in the workspace. */
  links(): readonly string[] {
    const ids = this.#packed.links().filter((id) => this.has(id));
    return ids.map((id) => this.#packed.path(id)).filter((path) => !isAbsolute(path));
  }

  get absent(): readonly string[] {
    return [...this.#absent].filter((path) => !isWithinAny(path, this.#forgotten));
  }

  #id(path: string): number | undefined {
    const id = this.#same === undefined ? undefined : this.#packed.id(path);
    return id !== undefined && this.has(id) ? id : undefined;
  }

  #isForgotten(id: number): boolean {
    return this.#forgotten.size > 0 && isWithinAny(this.#packed.path(id), this.#forgotten);
  }
}
