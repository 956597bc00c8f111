import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";
import type { FannedOut } from "../../model/evaluation/expansion.ts";
import type { GraphReads } from "../../model/evaluation/reads.ts";
import type { UndeclaredUse } from "../undeclared-use.ts";

/** What a child evaluates a manifest with, so that it comes to the same declarations as the evaluation that made the graph. */
export interface ManifestUse {
  /** Absolute. */
  readonly path: string;
  /** Parameters as they were given. */
  readonly params: Readonly<Record<string, string>>;
  readonly listings: GraphReads["listings"];
  /** What it fanned out over that tasks make, as far as it was there. `digest`: of the value, or of the names of the files. */
  readonly expansions: readonly (FannedOut & { readonly group: string; readonly digest: Digest })[];
}

/** Where in a manifest a task is declared: by the name of an export, and for a unit by its keys, the outermost first. */
export interface TaskAddress {
  readonly name: string;
  readonly keys?: readonly string[];
  /** Where the callback of an `each` gives a record of tasks. */
  readonly member?: string;
}

/** An input as a function gets it. Paths are relative to the working directory of the task. */
export type JobInput =
  | { readonly kind: "file"; readonly path: string }
  /** The value in a JSON file. */
  | { readonly kind: "json"; readonly path: string }
  /** A map: of a set by path, of units by key. */
  | { readonly kind: "map"; readonly entries: readonly (readonly [key: string, JobInput])[] }
  | { readonly kind: "record"; readonly entries: readonly (readonly [name: string, JobInput])[] }
  | { readonly kind: "value"; readonly value: string | number | boolean }
  /** A task without outputs, a service, a variable that is not set. */
  | { readonly kind: "nothing" };

/** One attempt. */
export interface Job {
  readonly kind: "run";
  /** Its id, for messages. */
  readonly task: string;
  readonly address: TaskAddress;
  readonly manifest: ManifestUse;
  /** Absolute. */
  readonly workspace: string;
  /** Absolute working directory. */
  readonly cwd: string;
  /** All variables that it sees. */
  readonly env: Readonly<Record<string, string>>;
  readonly inputs: readonly (readonly [label: string, JobInput])[];
  readonly outputs: readonly (readonly [name: string, path: string])[];
  /** Paths that it may change in place, likewise. */
  readonly mutates: readonly string[];
  /** What the function returns is the value of the task. */
  readonly returns: boolean;
  /** Those that one call is to make; with the inputs and outputs of all, the job itself has none. Absent: it is called for one task. */
  readonly units?: readonly JobUnit[];
}

/** One of the units that a function is called for. */
export interface JobUnit extends Pick<Job, "task" | "inputs" | "outputs"> {
  readonly key: string;
}

/** What a call said of one unit. */
export interface UnitEnd {
  /** None: it is done. */
  readonly diagnostics: readonly Diagnostic[];
  /** As canonical JSON. */
  readonly value?: string;
}

/** A job as it is sent. Without a manifest: with that of the job before, since the listings of a large one are long. */
export type SentJob = Omit<Job, "manifest"> & Partial<Pick<Job, "manifest">>;

export type Request = SentJob | { readonly kind: "cancel" };

export type Answer =
  /** The job has arrived. */
  | { readonly kind: "begun" }
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  /** Sent before the process ends itself. */
  | { readonly kind: "exiting"; readonly diagnostic: Diagnostic }
  | Ended;

/** How an attempt ended. */
export interface Ended {
  readonly kind: "ended";
  /** None: it ended well. */
  readonly diagnostics: readonly Diagnostic[];
  /** What the function returned, as canonical JSON. Absent: the task has no value, or did not end well. */
  readonly value?: string;
  /** In the order of the job's units; null: the call said nothing of it, and did not end well. */
  readonly units?: readonly (UnitEnd | null)[];
  /** The modules of the manifest that were loaded, by absolute path, and what was loaded. */
  readonly modules: readonly (readonly [path: string, digest: Digest])[];
  /** Absolute paths of the modules that were asked for while the function ran. */
  readonly late: readonly string[];
  readonly undeclared: readonly UndeclaredUse[];
  /** True once modules of packages live in the process: they may hold state. */
  readonly hasPackages: boolean;
  /** True when it has started processes. */
  readonly hasSpawned: boolean;
  /** What it left in the process, in words. None: the process is as it was before. */
  readonly leaks: readonly string[];
  /** The process should not be used again, without anything to blame the task for. */
  readonly isSpent: boolean;
}
