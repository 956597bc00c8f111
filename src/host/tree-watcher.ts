/**
 * Why events may be missing, so that everything has to be looked at again. `burst`: so many came at once that the kernel's
 * queue may have overflowed, which Node does not tell. `limit`: there are no more watches to be had; from here on the tree
 * is polled.
 */
export type Loss = { readonly kind: "burst" } | { readonly kind: "limit"; readonly code: string };

export interface TreeOptions {
  /** True for what is neither watched nor told of, with all below it. Paths are relative to the root, with `/`. */
  ignore(path: string): boolean;
  /** What may have changed since the last call, relative to the root (`.`: the root itself). Hints: some of it may not have. */
  onEvent(paths: readonly string[]): void;
  onLoss(loss: Loss): void;
}

export interface TreeWatcher {
  /** Resolves once nothing that changes can be missed. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}
