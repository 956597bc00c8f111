import type { Digest } from "../digest.ts";

/** A piece of a command: literal text (shell source for `shell`, verbatim for `exec`) or a reference to be rendered. */
export type Part =
  | string
  /** Index into `inputs`. A set renders as its paths, one argument each. */
  | { readonly input: number }
  /** Index into `inputs`: the path of a response file that lists the set, one path a line. */
  | { readonly list: number }
  /** Index into `outputs`. */
  | { readonly output: number }
  /** Index into `depfiles`. */
  | { readonly depfile: number };

export type Action =
  | { readonly kind: "shell"; readonly parts: readonly Part[] }
  | {
      readonly kind: "exec";
      /** argv[0] is the program. Each argument is a list of parts that are joined; a set must be the only part. */
      readonly argv: readonly (readonly Part[])[];
      /** Index into `inputs`. */
      readonly stdin?: number;
      /** Indexes into `outputs`. */
      readonly stdout?: number;
      readonly stderr?: number;
    }
  | FunctionAction;

/** A TypeScript function, which a child process finds by the name of its task: it evaluates the manifest once more; or a Python function. */
export interface FunctionAction {
  readonly kind: "function";
  /** In the order of the declaration. */
  readonly inputs: readonly FunctionInput[];
  readonly code: FunctionCode;
  /** One call may make several units. */
  readonly all?: true;
  /** Absent: it is a TypeScript function. */
  readonly python?: PythonCall;
}

/** What finds a Python function. */
export interface PythonCall {
  /** Index into the task's `inputs`: the tool that runs it. */
  readonly interpreter: number;
  /** Workspace path of its module. */
  readonly module: string;
  /** Workspace path of the directory from which the module is imported: what it imports is looked for there first. */
  readonly importRoot: string;
  /** The name by which it is imported, with dots. */
  readonly moduleName: string;
  /** Of the function, at the top of the module. */
  readonly name: string;
}

/** An input by the name under which a function gets it. */
export interface FunctionInput {
  readonly label: string;
  /** Indexes into the task's `inputs`: several where a task has several outputs, or is a group of services. */
  readonly inputs: readonly number[];
  /**
   * Names of the outputs, where the function gets a record by name: of a task in the order of `inputs`, of units by the index of
   * the output. Absent: it gets one file for a task, and for each unit.
   */
  readonly names?: readonly string[];
}

/** The code that a function reaches, as far as a result depends on it. */
export interface FunctionCode {
  /** Of the code and of the values that it captures. */
  readonly digest: Digest;
  /** What the task's author gave for the code: edits of it do not count. */
  readonly version?: string;
  /** Of the code and of the values that it captures, where a version stands for them. */
  readonly actual?: Digest;
  /** It cannot be told from the code of other tasks, as it captures what cannot be tracked. Absent: equal digests are equal functions. */
  readonly isUnique?: true;
  /** Index of what it reaches, in the graph's table of code. */
  readonly reach: number;
  /** Environment variables that it reads. */
  readonly env: readonly string[];
}
