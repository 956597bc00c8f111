import { dirname } from "node:path";

/** Paths that the current table saw and whose changes no watcher reports: the next table looks at them again. */
export class Unwatched {
  readonly #isWatched: ((directory: string) => boolean) | undefined;
  readonly #paths = new Set<string>();

  /** @param isWatched True for a directory of whose entries every change is reported; absent: there is no watcher. */
  constructor(isWatched: ((directory: string) => boolean) | undefined) {
    this.#isWatched = isWatched;
  }

  /** True where every change of a directory's entries is reported. */
  covers(directory: string): boolean {
    return this.#isWatched?.(directory) === true;
  }

  add(path: string): void {
    this.#paths.add(path);
  }

  /** A path that was examined by itself: its directory would have to be watched. */
  addEntry(path: string): void {
    if (this.#isWatched?.(dirname(path)) === false) this.#paths.add(path);
  }

  /** A directory that was listed: it would have to be watched itself. */
  addDirectory(directory: string): void {
    if (this.#isWatched?.(directory) === false) this.#paths.add(directory);
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** All of them; from here on there are none. */
  take(): readonly string[] {
    const paths = [...this.#paths];
    this.#paths.clear();
    return paths;
  }
}
