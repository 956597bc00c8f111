/** A place where both sides changed the same in different ways. */
export interface MergeConflict {
  /** A JSON pointer, or lines. */
  readonly where: string;
  readonly ours: string;
  readonly theirs: string;
}

export type Merged =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly conflicts: readonly MergeConflict[] };
