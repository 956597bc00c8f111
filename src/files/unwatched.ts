import { dirname } from "node:path";

/** Paths that the current table saw and whose changes no watcher reports: the next table looks at them again. */
export class Unwatched {
  readonly #isWatched: ((directory: string) => boolean) | undefined;
  readonly #paths = new Set<string>();

  /** @param isWatched True for a directory of whose entries every change is reported; absent: there is no watcher. */
  constructor(isWatched: ((directory: string) => boolean) | undefined) {
    this.#isWatched = isWatched;
  }

  /** True when every change of the directory's entries is reported. */
  covers(directory: string): boolean {
    return this.#isWatched?.(directory) === true;
  }

  add(path: string): void {
    this.#paths.add(path);
  }

  /** Notes a path that was examined by itself: only a watch on its directory would report its changes. */
  addEntry(path: string): void {
    if (this.#isWatched?.(dirname(path)) === false) this.#paths.add(path);
  }

  /** Notes a directory that was listed: only a watch on the directory itself would report its changes. */
  addDirectory(directory: string): void {
    if (this.#isWatched?.(directory) === false) this.#paths.add(directory);
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** Gives all the paths gathered so far, and forgets them. */
  take(): readonly string[] {
    const paths = [...this.#paths];
    this.#paths.clear();
    return paths;
  }
}
