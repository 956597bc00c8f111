import type { Diagnostic } from "./diagnostic.ts";
import type { Download } from "./download.ts";
import type { ExpandedFrom, Expansion } from "./evaluation/expansion.ts";
import type { Location } from "./location.ts";
import type { Action } from "./task/action.ts";
import type { CodeTable } from "./task/code-table.ts";
import type { ExecutorConfig, ExecutorName } from "./task/executor.ts";

/**
 * The evaluated graph: what a manifest declares, as plain JSON, so that it can be cached and a no-op run evaluates no
 * TypeScript. Every path is relative to the workspace, normalized, with `/`; `.` is the workspace itself.
 */
export interface Graph {
  /** Path of the manifest. */
  readonly manifest: string;
  readonly config: GraphConfig;
  /** In topological order: a task comes after everything it depends on, `after` included. */
  readonly tasks: readonly Task[];
  readonly sets: readonly FileSet[];
  /** Names of all `each` groups, also of those without units. Absent: no groups. */
  readonly groups?: readonly string[];
  /** The groups over what tasks make. Absent: none. */
  readonly expansions?: readonly Expansion[];
  readonly params: readonly ParamSource[];
  readonly envs: readonly EnvSource[];
  readonly tools: readonly ToolSource[];
  /** Published objects, also those that no task reads. */
  readonly objects: readonly ObjectSource[];
  /** The code of the functions. Absent: there are none. */
  readonly code?: CodeTable;
  /** Diagnostics of severity `warning`, repeated on every run. */
  readonly warnings: readonly Diagnostic[];
}

export interface GraphConfig {
  /** Ids of the tasks that run when none is named; undefined: all but those with `rerun: "manual"`. */
  readonly default?: readonly string[];
  /** As written in the manifest; a flag or INC_JOBS beats it. */
  readonly jobs?: number | string;
  /** Capacity of resource pools other than `cpu` and `memory` (bytes). */
  readonly resources?: Readonly<Record<string, number>>;
  /** For sources that say nothing else; absent: `small`. */
  readonly keep?: Keep;
  readonly remote?: RemoteConfig;
  /** Absent: this machine. A flag beats it. */
  readonly executor?: ExecutorConfig;
}

/** Where results are shared with other machines, and whose results count. */
export interface RemoteConfig {
  /** As written in the manifest; `--remote` or INC_REMOTE beats it. */
  readonly url?: string;
  /** Public keys; absent: results need no signature. */
  readonly keys?: readonly RemoteKey[];
  /** `--remote-download` or INC_REMOTE_DOWNLOAD beats it. */
  readonly download?: Download;
}

export interface RemoteKey {
  /** PEM, or base64 of the DER. */
  readonly key: string;
  /** The scopes that it may sign for: `main`, `pr/*`, or `*` for all. */
  readonly scope: string;
}

export interface Task {
  /** The shortest name; `clean[eu.csv]` for a unit. Unique. */
  readonly id: string;
  /** Other names it is exported under. */
  readonly aliases: readonly string[];
  /** For a unit: the name of its `each` (`clean`), which selects all units. */
  readonly group?: string;
  /** For a unit: its key (`eu.csv`). */
  readonly key?: string;
  /** For a unit in the callback of another `each`: the keys that its key consists of, the outermost first. */
  readonly keys?: readonly string[];
  /** It is inc's own, as tasks of its element need it: the records of a file, a part of a value. Absent: the manifest declares it. */
  readonly isOwn?: true;
  /** The groups that have to be expanded before it is known whether this task exists, or what it reads. Absent: that is known. */
  readonly expandedFrom?: readonly ExpandedFrom[];
  readonly location: Location;
  readonly description?: string;
  readonly action: Action;
  /** In order of appearance: what the command interpolates, then the option `inputs`. Never twice the same. */
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** In Makefile syntax, as compilers write them. */
  readonly depfiles: readonly Depfile[];
  readonly env: Readonly<Record<string, EnvBinding>>;
  /** Working directory of the command. */
  readonly cwd: string;
  /** Ids of tasks to wait for, no part of the fingerprint. */
  readonly after: readonly string[];
  /** Ids of tasks that change in place what this one reads: waited for when they are part of the run. Absent: none. */
  readonly orderedAfter?: readonly string[];
  readonly rerun: "on-change" | "always" | "manual";
  /** Units of each pool that an attempt holds; `cpu` defaults to 1; `memory` in bytes. */
  readonly resources: Readonly<Record<string, number>>;
  /** How many units one call of its function may make. Absent: a call makes one. */
  readonly batch?: number;
  /** Milliseconds for one attempt. */
  readonly timeout?: number;
  /** How many further attempts follow a failed one. */
  readonly retries: number;
  /** Its result is said to be the same on each system and architecture. Absent: it holds for that on which it was made. */
  readonly platform?: "any";
  /** Where its command runs, no part of the fingerprint. Absent: where the run says. */
  readonly executor?: ExecutorName;
  /** What the manifest has Ray set up for it, as JSON. Absent: nothing, or the manifest does not give it to Ray. */
  readonly runtimeEnv?: string;
  /**
   * Paths that the command changes in place (a formatter's sources). Such a task is never cached and has no outputs.
   */
  readonly mutates: readonly string[];
  /**
   * What makes it a service: it goes on until it is stopped, has no outputs, and is never cached. Absent: it is a task.
   */
  readonly service?: Service;
}

/** How a service is known to be ready. */
export interface Service {
  readonly ready: Ready;
  /** Milliseconds that it may take to be ready. */
  readonly timeout: number;
}

export type Ready =
  /** Once it has started. */
  | { readonly kind: "started" }
  /** It accepts connections on a port of this machine. */
  | { readonly kind: "port"; readonly port: number }
  /** It prints a line that holds a text, or that a regular expression fits. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "pattern"; readonly source: string; readonly flags: string }
  /** It answers a GET with 2xx. */
  | { readonly kind: "http"; readonly url: string };

export type Input =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly keep?: Keep;
      /** Absent: it is an error when it is not there. */
      readonly optional?: true;
      readonly location: Location;
    }
  /** Index into `Graph.sets`. */
  | { readonly kind: "files"; readonly set: number; readonly location: Location }
  | { readonly kind: "param"; readonly name: string; readonly location: Location }
  | { readonly kind: "env"; readonly name: string; readonly location: Location }
  | { readonly kind: "tool"; readonly name: string; readonly location: Location }
  /** A published object: a file or directory of the version that is pinned for the run. */
  | { readonly kind: "object"; readonly name: string; readonly location: Location }
  /**
   * An artifact of another task. `output` indexes that task's `outputs`; `path` and `type` repeat what is declared
   * there.
   */
  | {
      readonly kind: "artifact";
      readonly task: string;
      readonly output: number;
      readonly path: string;
      readonly type: "file" | "directory";
      readonly location: Location;
    }
  /** A task without outputs: its success, by its fingerprint. */
  | { readonly kind: "entry"; readonly task: string; readonly location: Location }
  /** A service that has to be ready while the task runs, by its fingerprint. */
  | { readonly kind: "service"; readonly task: string; readonly location: Location }
  /** All units of an `each`: one artifact each, sorted by the bytes of the key. */
  | {
      readonly kind: "units";
      readonly group: string;
      readonly items: readonly UnitItem[];
      readonly location: Location;
    };

/** `output` and `path` are absent when the units have no outputs (then each contributes its fingerprint). */
export interface UnitItem {
  readonly key: string;
  readonly task: string;
  readonly output?: number;
  readonly path?: string;
  readonly type?: "file" | "directory";
}

export interface Output {
  /** Empty for the unnamed one. */
  readonly name: string;
  readonly path: string;
  readonly type: "file" | "directory";
  /**
   * It is the value of the task: the canonical JSON of what the command prints, read as JSON or as a list of its lines.
   * Absent: it is an artifact.
   */
  readonly value?: ValueFormat;
  readonly location: Location;
}

export type ValueFormat = "json" | "lines";

/** A value is the output of its task by this name. */
export const VALUE_OUTPUT = "value" as const;

/** Where found inputs are listed. */
export interface Depfile {
  readonly path: string;
  /** The directory that the names in it are relative to. Absent: the task's working directory. */
  readonly relativeTo?: string;
}

export type EnvBinding =
  | { readonly kind: "literal"; readonly value: string }
  /** The value of `Graph.envs[name]`. */
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "param"; readonly name: string };

/** Whether the bytes of a source's versions are stored: none, those of files up to 16 MiB, all. */
export type Keep = "none" | "small" | "all";

/** A set of files by glob patterns. A set never holds a declared output or a path that inc's ledger owns. */
export interface FileSet {
  /** Glob patterns relative to the workspace. */
  readonly patterns: readonly string[];
  readonly exclude: readonly string[];
  /** Leave out what git ignores. */
  readonly gitignore: boolean;
  /** `**` leads through symlinks to directories. Absent: it does not. */
  readonly follow?: true;
  /** As written, for messages: `data/*.csv`. */
  readonly label: string;
  readonly location: Location;
  /** True when a set that matches nothing is fine (`files(…, { allowEmpty: true })`). */
  readonly allowEmpty: boolean;
  /** Absent: as `config` says. */
  readonly keep?: Keep;
}

export type ParamValue = string | number | boolean;

export interface ParamSource {
  readonly name: string;
  readonly type: "string" | "number" | "boolean";
  /** Absent: required. */
  readonly default?: ParamValue;
  readonly choices?: readonly ParamValue[];
  readonly description?: string;
  readonly location: Location;
}

export interface EnvSource {
  readonly name: string;
  readonly default?: string;
  /** False: passed through, no part of any fingerprint. */
  readonly tracked: boolean;
  /** True: digested with the store's salt, never stored or printed. */
  readonly secret: boolean;
  readonly location: Location;
}

export interface ToolSource {
  /** A program's name, looked up in node_modules/.bin and PATH, or a path. */
  readonly name: string;
  readonly location: Location;
}

/** How to publish a version whose writer did not start from the latest one. */
export type ConflictPolicy = "reject" | "last-write-wins" | { readonly merge: MergeKind };

/** How two versions of an object are made one. */
export type MergeKind = "json" | "text" | "union" | "function";

export interface ObjectSource {
  readonly name: string;
  readonly conflict: ConflictPolicy;
  /** How many of its versions are never evicted, newest first. */
  readonly keep: number | "all";
  /** A put has to say from which version it begins. */
  readonly requireBase?: true;
  readonly location: Location;
}
