import type { Diagnostic } from "../model/diagnostic.ts";
import type { ConflictPolicy, Keep, ParamValue, RemoteConfig, Service, ValueFormat } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import type { ExecutorConfig, ExecutorName } from "../model/task/executor.ts";

/** Where something was declared. */
interface Placed {
  readonly location: Location;
  /** Absolute directory that its paths are relative to. Undefined: that of the manifest that is evaluated. */
  readonly base?: string;
}

/**
 * What a manifest declares, before names are known and references are resolved: the public API makes these, graph/ turns
 * them into a `Graph`. Paths are as the manifest wrote them, relative to the manifest's directory.
 *
 *     pipeline.ts ── evaluated ──▶ declarations (behind handles) ── graph/ ──▶ Graph (plain JSON)
 */
export type SourceDeclaration =
  | FileDeclaration
  | FilesDeclaration
  | ParamDeclaration
  | EnvDeclaration
  | ToolDeclaration
  | ObjectDeclaration;

export interface ToolDeclaration {
  readonly kind: "tool";
  readonly name: string;
  readonly location: Location;
}

/** Merges what two writers made of one base. Throws when it cannot. */
export type MergeFunction = (
  base: Uint8Array,
  ours: Uint8Array,
  theirs: Uint8Array,
) => Uint8Array | string | Promise<Uint8Array | string>;

export interface ObjectDeclaration {
  readonly kind: "object";
  readonly name: string;
  readonly conflict: ConflictPolicy;
  /** With `{ merge: "function" }`. */
  readonly merge?: MergeFunction;
  readonly keep: number | "all";
  readonly requireBase?: true;
  readonly location: Location;
}

export interface FileDeclaration extends Placed {
  readonly kind: "file";
  readonly path: string;
  readonly keep?: Keep;
  /** True: a missing file is no error; that it comes or goes is a change. */
  readonly optional?: boolean;
  /** It is in the directory that a task makes. Undefined: it is a source. */
  readonly madeBy?: { readonly task: TaskDeclaration; readonly output: string };
}

export interface FilesDeclaration extends Placed {
  readonly kind: "files";
  readonly patterns: readonly string[];
  readonly exclude: readonly string[];
  readonly gitignore: boolean;
  readonly follow: boolean;
  readonly allowEmpty: boolean;
  readonly keep?: Keep;
}

export interface ParamDeclaration {
  readonly kind: "param";
  readonly name: string;
  readonly type: "string" | "number" | "boolean";
  readonly default?: ParamValue;
  readonly choices?: readonly ParamValue[];
  readonly description?: string;
  readonly location: Location;
}

export interface EnvDeclaration {
  readonly kind: "env";
  readonly name: string;
  readonly default?: string;
  readonly tracked: boolean;
  readonly secret: boolean;
  readonly location: Location;
}

/** `out("build/a.csv", "table")`; a trailing slash means a directory. */
export interface OutDeclaration extends Placed {
  readonly kind: "out";
  readonly path: string;
  /** Empty for the unnamed one. */
  readonly name: string;
}

export interface DepfileDeclaration extends Placed {
  readonly kind: "depfile";
  readonly path: string;
  /** The directory that the names in it are relative to; undefined: the one in which the command runs. */
  readonly relativeTo?: string;
}

/** `sh.list(set)`: the path of a response file. */
export interface ListArgument {
  readonly kind: "list-argument";
  readonly of: Reference;
  readonly location: Location;
}

/**
 * A reference to what a task or an `each` makes. `path` selects: `[]` all of it, `["outputs", "map"]` an output by name,
 * `["pre"]` a member of an `each` that returns a record of tasks, `["pre", "outputs", "map"]` both.
 */
export interface Projection {
  readonly kind: "projection";
  readonly of: TaskDeclaration | EachDeclaration;
  readonly path: readonly string[];
}

export type Reference = SourceDeclaration | TaskDeclaration | EachDeclaration | Projection;

/** A piece of a template: literal text, a quoted-in value (string or number), a list of pieces, or a reference. */
export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly value: string }
  | { readonly kind: "parts"; readonly parts: readonly TemplatePart[] }
  | OutDeclaration
  | DepfileDeclaration
  | ListArgument
  | Reference;

export type CommandDeclaration =
  | { readonly kind: "shell"; readonly parts: readonly TemplatePart[]; readonly location: Location }
  | {
      readonly kind: "exec";
      readonly argv: readonly TemplatePart[];
      readonly stdin?: Reference;
      readonly stdout?: OutDeclaration;
      readonly stderr?: OutDeclaration;
      readonly location: Location;
    };

/** What the function of a task is called with; `manifest/function.ts` has the types that its author sees. */
export type RunFunction = (context: never) => unknown;

/** A TypeScript function as the action: it runs in a child process, which evaluates the manifest once more. */
export interface FunctionDeclaration {
  readonly kind: "function";
  readonly run: RunFunction;
  /** It is called for several units at once. */
  readonly all?: true;
  /** Stands for its code. */
  readonly version?: string;
  /** It is called with the value of the task that it picks from, its only input. Undefined: with its inputs and outputs by name. */
  readonly picks?: TaskDeclaration;
  /** It is inc's own, and reads the records of a file. */
  readonly records?: { readonly of: FileDeclaration | TaskDeclaration; readonly key: readonly string[] };
  readonly location: Location;
}

/** A function of a Python module as the action. */
export interface PythonDeclaration extends Placed {
  readonly kind: "python";
  /** Path of the module. */
  readonly module: string;
  readonly name: string;
  /** Undefined: that of the workspace's virtual environment, else the one in PATH. */
  readonly interpreter?: ToolDeclaration;
  /** It is called for several units at once. */
  readonly all?: true;
  /** Stands for its code. */
  readonly version?: string;
}

/** What a task does. */
export type ActionDeclaration = CommandDeclaration | FunctionDeclaration | PythonDeclaration;

export interface TaskDeclaration extends Placed {
  readonly kind: "task";
  readonly action: ActionDeclaration;
  /** From the options: `inputs: […]` or `inputs: { label: … }`; labels are for function tasks and messages. */
  readonly inputs: readonly { readonly label?: string; readonly reference: Reference }[];
  /** From the options. Those of the template are in `action`. */
  readonly outputs: readonly OutDeclaration[];
  readonly env: Readonly<
    Record<string, { readonly kind: "literal"; readonly value: string } | EnvDeclaration | ParamDeclaration>
  >;
  /** Relative to the manifest's directory; undefined: that directory. */
  readonly cwd?: string;
  readonly after: readonly (TaskDeclaration | EachDeclaration)[];
  readonly mutates: readonly string[];
  readonly rerun: "on-change" | "always" | "manual";
  readonly resources: Readonly<Record<string, number>>;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly retries: number;
  readonly platform?: "any";
  readonly executor?: ExecutorName;
  /** What the command prints is a value. */
  readonly value?: ValueFormat;
  readonly description?: string;
  /** It is a service. */
  readonly service?: Service;
}

/**
 * A fan-out. Its callback is called after the module is evaluated, when the elements are known: a set's elements are its
 * paths without the outputs that the graph declares, which the expansion itself may add to.
 */
export interface EachDeclaration extends Placed {
  readonly kind: "each";
  readonly over:
    | FilesDeclaration
    | { readonly kind: "items"; readonly items: readonly { readonly key: string; readonly value: unknown }[] }
    | MadeElements
    | UnitElements;
  /** How many of its units one call of a function may make. Undefined: a call makes one. */
  readonly batch?: number;
  /** Called with a `FileRef` of the set or with the item, and with the key. Gives a task handle or a record of them. */
  readonly callback: (element: unknown, key: string) => unknown;
}

/** Elements of what a task makes: of its value, or files of its directory. */
export interface MadeElements {
  readonly kind: "made";
  readonly of: TaskDeclaration;
  /** Name of the output. Undefined: its only one. */
  readonly output?: string;
  /** Gives the key of an element of a value. */
  readonly key?: (element: unknown) => unknown;
}

/** The units of another `each`. */
export interface UnitElements {
  readonly kind: "units";
  readonly of: EachDeclaration;
  /** Names that lead to what is meant in what the callback returned. None: all of that. */
  readonly members: readonly string[];
}

export interface ConfigDeclaration {
  readonly kind: "config";
  readonly default?: readonly (TaskDeclaration | EachDeclaration | Projection)[];
  readonly jobs?: number | string;
  readonly resources?: Readonly<Record<string, number>>;
  readonly keep?: Keep;
  readonly remote?: RemoteConfig;
  readonly executor?: ExecutorConfig;
  readonly location: Location;
}

export type Declaration = Reference | ListArgument | OutDeclaration | DepfileDeclaration | ConfigDeclaration;

/** What evaluating one manifest gave. */
export interface Evaluation {
  /** Absolute path of the manifest. */
  readonly manifest: string;
  /** The module's exports; handles in it answer to `declarationOf`. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** Every task and `each` that was made, to report those that no export reaches. */
  readonly made: readonly (TaskDeclaration | EachDeclaration)[];
  /** Every published object that was declared. */
  readonly objects: readonly ObjectDeclaration[];
  /** What it did that costs something. */
  readonly warnings: readonly Diagnostic[];
  /** Parameters whose value the manifest read itself. */
  readonly params: readonly ParamDeclaration[];
}
