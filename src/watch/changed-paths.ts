/** Beyond so many paths, looking at everything costs less than remembering them. */
const MOST = 100_000;

/** The paths that changed since a run last took them. */
export class ChangedPaths {
  /** Undefined: not all of them are known. */
  #paths: Set<string> | undefined;

  add(paths: readonly string[]): void {
    for (const path of paths) this.#paths?.add(path);
    if ((this.#paths?.size ?? 0) > MOST) this.#paths = undefined;
  }

  /** Some changes were missed, or everything is to be examined. */
  forget(): void {
    this.#paths = undefined;
  }

  /** Undefined: any path may have changed. */
  take(): ReadonlySet<string> | undefined {
    const taken = this.#paths;
    this.#paths = new Set();
    return taken;
  }
}
