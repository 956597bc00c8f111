import type { Job } from "../worker/protocol.ts";

/** One attempt, as the program in Python gets it. All paths but those of inputs and outputs absolute. */
export interface PythonJob
  extends Pick<Job, "task" | "workspace" | "cwd" | "inputs" | "outputs" | "mutates" | "returns" | "units"> {
  readonly importRoot: string;
  readonly moduleName: string;
  /** Of the function. */
  readonly name: string;
  /** Of its processes. */
  readonly marker: string;
  /** The file to which it adds what it reports. */
  readonly report: string;
}

/** An attempt on another machine: all its paths are relative to its working directory there. */
export interface PythonJobElsewhere extends PythonJob {
  /** Where the value belongs; null: it has none. */
  readonly value: string | null;
  readonly expected: Versions;
}

/** Of Python, and of packages by their names. */
export type Versions = Readonly<Record<string, string>>;

/** The first that a server is told: from which module on it looks for what to import ahead. */
export type ServerHello = Pick<PythonJob, "workspace" | "importRoot" | "moduleName">;

export interface ServerRequest {
  readonly id: number;
  readonly job: PythonJob;
  /** Path of the open file that takes what the task prints. */
  readonly output: string;
}

/** What a server answers: first, with the id 0, whether it can fork tasks. */
export interface ServerAnswer {
  readonly id: number;
  /** Why it cannot. */
  readonly refused?: string | null;
  /** True: a later one may. */
  readonly isBrief?: boolean;
  /** It has loaded what has changed since: nothing was forked. */
  readonly stale?: true;
  readonly error?: string;
  /** The task runs. */
  readonly pid?: number;
  /** The task has ended. */
  readonly exit?: number;
  readonly signal?: string;
}

/** Where in a module something happened. */
export type PythonPlace = readonly [file: string, line: number] | null;

/** One line of the file that an attempt leaves. Paths absolute. */
export type ReportLine =
  | { readonly use: "read" | "look" | "list"; readonly path: string }
  | { readonly module: string; readonly sha256: string }
  /** It was kept from writing there. */
  | { readonly refused: string; readonly place: PythonPlace }
  /** How far it has come. */
  | { readonly progress: readonly [done: number, total: number] }
  /** What it says of one of several units, by its key. */
  | { readonly unit: string; readonly is: PythonEnd }
  | PythonEnd;

/** How the call ended. The last line; without it the process was brought down. */
export type PythonEnd =
  /** `value`: JSON. */
  | { readonly end: "returned"; readonly value?: string }
  /** It makes several units, and did not return their values; or none for one of them. */
  | { readonly end: "no-values"; readonly what: string }
  | { readonly end: "no-value"; readonly key: string }
  /** Something, though the task has no value. */
  | { readonly end: "surplus"; readonly what: string }
  | { readonly end: "not-json"; readonly pointer: string; readonly what: string; readonly help: string | null }
  | { readonly end: "raised" | "memory"; readonly type: string; readonly message: string; readonly place: PythonPlace }
  | { readonly end: "exited"; readonly code: number; readonly place: PythonPlace }
  /** The interpreter of another machine is not like this one's. In words. */
  | { readonly end: "differs"; readonly what: readonly string[] }
  /** The module has no such function once it is loaded. */
  | { readonly end: "missing" };
