/**
 * Why events may be missing, so that everything is examined again. `burst`: so many came at once that the
 * kernel's queue may have overflowed, which Node does not report. `cookie`: the event of a cookie, written to be
 * reported, never came. `limit`: the system has no more watches; from here on the tree is polled.
 */
export type Loss = { readonly kind: "burst" | "cookie" } | { readonly kind: "limit"; readonly code: string };

export interface TreeWatcherOptions {
  /**
   * True for a path that is not watched, with all below it: only its creation and removal are reported. Paths are
   * relative to the root, with `/`.
   */
  ignore(path: string): boolean;
  /**
   * What may have changed since the last call, relative to the root (`.`: the root itself). Hints: some of it may not
   * have.
   */
  onEvent(paths: readonly string[]): void;
  onLoss(loss: Loss): void;
}

export interface TreeWatcher {
  /** Resolves once nothing that changes can be missed. */
  readonly ready: Promise<void>;
  /** True for a directory, relative to the root, of whose entries every change is reported. */
  isWatched(directory: string): boolean;
  close(): Promise<void>;
}
