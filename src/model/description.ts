import type { Digest, Fingerprint } from "./digest.ts";
import type { Identity } from "./identity.ts";

/**
 * Everything a task's result depends on, as plain JSON. Its canonical encoding is what a fingerprint digests, and it is
 * stored with the record of every attempt, so that `why` compares the very thing that was digested.
 * No task names: a renamed task keeps its results. Paths are relative to the workspace.
 */
export interface Description {
  /** Version of this shape and of its encoding. */
  readonly format: 1;
  /** For example `linux-x64`; `any` where the task is declared to depend on none. */
  readonly platform: string;
  /** What Ray sets up for it, as JSON. Absent: nothing. */
  readonly runtimeEnv?: string;
  /** `bash`, `sh`, `exec` when there is no shell, `function` or `python` when there is no command but a function. */
  readonly shell: "bash" | "sh" | "exec" | "function" | "python";
  /** The rendered command: one element for a shell, the arguments for `exec`, nothing for a function. */
  readonly command: readonly string[];
  /** `exec` only. */
  readonly stdio?: { readonly stdin?: string; readonly stdout?: string; readonly stderr?: string };
  /** Only of a function. */
  readonly function?: FunctionDescription;
  readonly cwd: string;
  /** By name. A secret's value is its salted digest. */
  readonly env: Readonly<Record<string, EnvValue>>;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  /** Tool name → what it resolves to. */
  readonly tools: Readonly<Record<string, ToolIdentity>>;
  /** Inputs named one by one (sources and artifacts), path → identity. */
  readonly files: Readonly<Record<string, Identity>>;
  /** Published objects, by name. Absent: none. */
  readonly objects?: Readonly<Record<string, Identity>>;
  /** Sets of files: label → digest of the set's root node (`SetNode`), which is stored once and shared. */
  readonly sets: Readonly<Record<string, Digest>>;
  /** Fingerprints of upstream tasks that have no outputs, sorted. */
  readonly entries: readonly Fingerprint[];
  /** Fingerprints of the services among its inputs, sorted. Absent: none. */
  readonly services?: readonly Fingerprint[];
  /** Found inputs (depfiles), path → identity; null: it does not exist. Absent in a static description. */
  readonly found?: Readonly<Record<string, Identity | null>>;
  /** What the command is to make, and where found inputs are listed. A value has no path: it would hold the task's name. */
  readonly outputs: readonly OutputDescription[];
  /** A path alone: its names are relative to `cwd`. */
  readonly depfiles: readonly (string | { readonly path: string; readonly relativeTo: string })[];
}

export interface OutputDescription {
  readonly name: string;
  readonly path: string;
  readonly type: "file" | "directory";
  /** How the value is read from what the command prints. Absent: it is an artifact. */
  readonly value?: "json" | "lines";
}

/** What a function's result depends on beside the content of its inputs. */
export interface FunctionDescription {
  /** Of all the code that it reaches, and of the values that it captures. */
  readonly code: Digest;
  /** The text that stands for the code, where the task's author gave one. */
  readonly version?: string;
  /** Root of the parts of the code, as a set: name → digest. */
  readonly parts?: Digest;
  /** Version of Node, as `v24.1.0`. Absent: it is a Python function, whose interpreter is among the tools. */
  readonly node?: string;
  /** The key by which one call for several units knows this one. Absent: it is called for one alone. */
  readonly key?: string;
  /** Name of each input → what it stands for, in words that say which of the other fields hold its content. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
}

/** A part of a function's code that differs. */
export interface CodeChange {
  readonly name: string;
  readonly before?: Digest;
  readonly after?: Digest;
  /** Where it is now, and how the function reaches it; absent where only an earlier state had it. */
  readonly place?: {
    readonly module: string;
    readonly lines: readonly [number, number];
    readonly way: readonly string[];
  };
  /** The lines that went and those that came, where both texts are known. */
  readonly text?: LineChange;
}

/** What remains after the lines were cut away that both texts begin and end with. */
export interface LineChange {
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** True for a function one call of which may make several units. */
export function isForAll({ function: of }: Pick<Description, "function">): boolean {
  return of?.key !== undefined;
}

/** Roots of all sets that a description names. */
export function rootsOf({ sets, function: of }: Description): Digest[] {
  return [...Object.values(sets), ...(of?.parts === undefined ? [] : [of.parts])];
}

export type EnvValue =
  | { readonly kind: "value"; readonly value: string }
  | { readonly kind: "unset" }
  | { readonly kind: "secret"; readonly digest: Digest };

export type ToolIdentity =
  /** Digest of the file that the name resolves to. */
  | { readonly kind: "file"; readonly digest: Digest }
  /** A program from node_modules/.bin, by its package's name and version. */
  | { readonly kind: "package"; readonly name: string; readonly version: string };

/**
 * A directory of a set of files: children sorted by the UTF-8 bytes of their names. Nodes are stored by digest, so that
 * two sets, or two versions of one, share the directories that are equal.
 */
export type SetNode = readonly (
  | { readonly name: string; readonly node: Digest }
  | { readonly name: string; readonly identity: Identity }
)[];

/** One difference between two descriptions. */
export type Change =
  | { readonly aspect: "platform" | "shell" | "cwd"; readonly before: string; readonly after: string }
  | { readonly aspect: "runtimeEnv"; readonly before?: string; readonly after?: string }
  /** Unified lines of the rendered command: what went and what came. */
  | ({ readonly aspect: "command" } & LineChange)
  /** The code of a function. */
  | {
      readonly aspect: "code";
      readonly before?: Digest;
      readonly after?: Digest;
      readonly parts: readonly CodeChange[];
    }
  /** The text that stands for the code of a function. */
  | { readonly aspect: "version"; readonly before?: string; readonly after?: string }
  /** The version of Node that runs a function. */
  | { readonly aspect: "node"; readonly before?: string; readonly after?: string }
  /** What the inputs of a function stand for, by their names. */
  | { readonly aspect: "inputs"; readonly before: readonly string[]; readonly after: readonly string[] }
  | { readonly aspect: "env"; readonly name: string; readonly before?: EnvValue; readonly after?: EnvValue }
  | { readonly aspect: "param"; readonly name: string; readonly before?: string; readonly after?: string }
  | { readonly aspect: "tool"; readonly name: string; readonly before?: ToolIdentity; readonly after?: ToolIdentity }
  | { readonly aspect: "object"; readonly name: string; readonly before?: Identity; readonly after?: Identity }
  /** `set` names the set it came in by; `found`: a depfile named it. Undefined: absent on that side. */
  | {
      readonly aspect: "file";
      readonly path: string;
      readonly set?: string;
      readonly found?: boolean;
      readonly before?: Identity;
      readonly after?: Identity;
    }
  | { readonly aspect: "entry" | "service"; readonly before?: Fingerprint; readonly after?: Fingerprint }
  | { readonly aspect: "outputs"; readonly before: readonly string[]; readonly after: readonly string[] };
