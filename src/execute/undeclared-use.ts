/** A file that a function read, a directory that it listed, or a path that it asked for. */
export interface UndeclaredUse {
  /** Absolute. */
  readonly path: string;
  readonly use: "read" | "look" | "list";
}
