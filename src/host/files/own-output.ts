import { fstatSync, type Stats, statSync } from "node:fs";

/** Files to which this process's output and errors go. */
export class OwnOutput {
  readonly #files: readonly Stats[];

  constructor() {
    this.#files = [1, 2].flatMap((descriptor) => {
      const stat = fstatSync(descriptor);
      return stat.isFile() ? [stat] : [];
    });
  }

  /** @param path Absolute. */
  goesTo(path: string): boolean {
    if (this.#files.length === 0) return false;
    const stat = statSync(path, { throwIfNoEntry: false });
    return this.#files.some(({ dev, ino }) => stat?.dev === dev && stat.ino === ino);
  }
}
