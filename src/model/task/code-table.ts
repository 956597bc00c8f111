import type { Digest } from "../digest.ts";

/** The parts of the code that functions reach. Functions share parts, and units of one `each` the whole list. */
export interface CodeTable {
  readonly parts: readonly CodePart[];
  /** Of each list: index of the part, and index in the list of the one that refers to it first; -1: none. */
  readonly lists: readonly (readonly (readonly [part: number, via: number])[])[];
}

/** A function, a declaration, a statement, a file or a package. */
export interface CodePart {
  /** What it declares, or what it is. */
  readonly name: string;
  /** Workspace path; empty for a package. */
  readonly module: string;
  /** First and last line, from 1. */
  readonly lines: readonly [number, number];
  /** Of its own content, without what it refers to. */
  readonly digest: Digest;
}
