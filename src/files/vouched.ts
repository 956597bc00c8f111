import { isAbsolute } from "node:path";
import { isWithinAny } from "../model/path.ts";
import type { Disk } from "./disk.ts";
import type { IndexRecord, PackedIndex } from "./pack.ts";

/**
 * What a look at the paths of the packed index, before this epoch began, found to look as it did: those paths need no other
 * look in this epoch. Says nothing once another epoch has begun.
 */
export class Vouched {
  readonly #packed: PackedIndex;
  readonly #disk: Disk;
  /** By id: 1 for a path that looks the same. */
  #same: Uint8Array | undefined;
  #absent: readonly string[] = [];
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
    this.#absent = absent.map((path) => this.#disk.relative(path));
  }

  end(): void {
    this.#same = undefined;
    this.#absent = [];
    this.#forgotten.clear();
  }

  get isInForce(): boolean {
    return this.#same !== undefined;
  }

  forget(path: string): void {
    if (this.#same === undefined) return;
    const id = this.#packed.id(path);
    // Nothing is below a file: forgotten directories cost a look at all that is above a path, each time.
    if (id !== undefined && this.#packed.type(id) !== "directory") this.#same[id] = 0;
    else this.#forgotten.add(path);
  }

  /** The record of a path that looks the same; undefined: it has to be looked at. */
  record(path: string): IndexRecord | undefined {
    const id = this.#id(path);
    return id === undefined ? undefined : this.#packed.record(id);
  }

  /** True for a file that looks the same, not for a symlink or a directory. */
  isFile(path: string): boolean {
    const id = this.#id(path);
    return id !== undefined && this.#packed.type(id) === "file";
  }

  /** True for the id of a path that looks the same. */
  has(id: number): boolean {
    return this.#same?.[id] === 1 && !this.#isForgotten(id);
  }

  /** Ids of all paths that look the same, in ascending order. */
  *ids(): IterableIterator<number> {
    for (let id = 0; id < (this.#same?.length ?? 0); id += 1) if (this.has(id)) yield id;
  }

  /** Which of some paths no longer look as they did. Others than those that looked the same are left out. */
  moved(paths: Iterable<string>): readonly string[] {
    return [...paths].filter((path) => {
      const id = this.#id(path);
      if (id === undefined) return false;
      const stat = this.#disk.stat(path);
      return stat === undefined || !this.#packed.matches(id, stat);
    });
  }

  /** Symlinks among them that are in the workspace. */
  *links(): IterableIterator<string> {
    for (const id of this.ids()) {
      const path = this.#packed.type(id) === "symlink" ? this.#packed.path(id) : undefined;
      if (path !== undefined && !isAbsolute(path)) yield path;
    }
  }

  /** Every path that looked the same. */
  *paths(): IterableIterator<string> {
    for (const id of this.ids()) yield this.#packed.path(id);
  }

  get absent(): readonly string[] {
    return this.#absent.filter((path) => !isWithinAny(path, this.#forgotten));
  }

  #id(path: string): number | undefined {
    const id = this.#same === undefined ? undefined : this.#packed.id(path);
    return id !== undefined && this.has(id) ? id : undefined;
  }

  #isForgotten(id: number): boolean {
    return this.#forgotten.size > 0 && isWithinAny(this.#packed.path(id), this.#forgotten);
  }
}
