/** A place in a manifest module: where a handle was made, or an error was found. */
export interface Location {
  /** Absolute path of the module. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 code units, as V8 reports it. */
  readonly column: number;
}
