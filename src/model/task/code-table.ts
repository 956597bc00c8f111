import type { Digest } from "../digest.ts";

/** The code that functions reach. Units of one `each` share it, and functions that use the same share its parts. */
export interface CodeTable {
  readonly parts: readonly CodePart[];
  readonly reaches: readonly CodeReach[];
}

/** What a function reaches, without the values that it captured. */
export interface CodeReach {
  /** Index of the part, and index in this list of the one that refers to it first; -1: none. */
  readonly parts: readonly (readonly [part: number, via: number])[];
  /** Workspace paths of the modules that belong to it, sorted: the child may load no others, and loads them as they were digested. */
  readonly modules: readonly string[];
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
