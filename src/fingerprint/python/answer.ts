import type { CodePart } from "../code/code-slice.ts";
import type { PythonParameter, PythonSlice } from "./python-slice.ts";

export interface PythonProblem {
  readonly kind: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

interface AnsweredPart extends Omit<CodePart, "digest" | "via"> {
  /** SHA-256, as Python has no BLAKE3. */
  readonly digest: string;
  readonly via: number | null;
}

/** What it says about one function: as a slice has it, with digests by SHA-256, and null for what is undefined. */
export interface AnsweredSlice
  extends Omit<PythonSlice, "digest" | "parameters" | "parts" | "problems" | "captured" | "asksInc"> {
  readonly digest: string;
  readonly parameters: readonly PythonParameter[] | null;
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
