import type { PythonParameter } from "./python-slice.ts";

export interface PythonProblem {
  readonly kind: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

interface AnsweredPart {
  readonly kind: "function" | "piece" | "file" | "package";
  readonly names: readonly string[];
  readonly module: string;
  readonly lines: readonly [number, number];
  /** SHA-256, as Python has no BLAKE3. */
  readonly digest: string;
  readonly via: number | null;
}

/** What it says about one function: as a slice has it, with digests by SHA-256. */
export interface AnsweredSlice {
  readonly digest: string;
  readonly importRoot: string;
  readonly moduleName: string;
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  readonly parameters: readonly PythonParameter[] | null;
  readonly modules: readonly string[];
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly env: readonly string[];
  readonly reads: readonly string[];
  readonly absences: readonly string[];
  readonly patterns: readonly string[];
  readonly parts: readonly AnsweredPart[];
  readonly problems: readonly PythonProblem[];
}

/** What it answers. */
export interface PythonAnswer {
  /** Absolute path of the interpreter itself, where the one that was started only starts it. */
  readonly executable: string;
  /** One for each entry. */
  readonly slices: readonly AnsweredSlice[];
}
