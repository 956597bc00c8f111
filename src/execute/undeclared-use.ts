/** A file that a function read, a directory that it listed, or a path that it asked for. */
export interface UndeclaredUse {
  /** Absolute. */
  readonly path: string;
  readonly use: "read" | "look" | "list";
  /** A module of the manifest did that when it was loaded, for this function or another one. */
  readonly isOfLoading?: true;
}
