import type { Stray } from "../../host/process/tree.ts";
import type { Digest } from "../../model/digest.ts";

/** Of what inc and its driver say to each other; the driver has the same number in `main.py`. */
export const PROTOCOL = 3;

/** A node of the cluster, as Ray describes it. */
export interface RayNode {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** Of each resource how much it has, by Ray's names: `CPU`, `GPU`, `memory` in bytes. */
  readonly resources: Readonly<Record<string, number>>;
}

/** The driver is connected. */
export interface Ready {
  readonly type: "ready";
  /** Versions. */
  readonly ray: string;
  readonly python: string;
  /** Absolute path of the interpreter. */
  readonly executable: string;
  /** Address of the cluster's head. */
  readonly gcs: string;
  readonly nodes: readonly RayNode[];
}

/** The driver cannot work. */
export interface Failed {
  readonly type: "failed";
  readonly kind: "protocol" | "no-ray" | "scheme" | "version" | "silent" | "unreachable" | "data";
  readonly message: string;
  readonly address?: string;
  readonly python?: string;
}

/** What comes into the directory of an attempt. Paths relative to it. */
export type RayInput =
  | {
      readonly type: "file";
      readonly path: string;
      readonly digest: Digest;
      readonly executable: boolean;
      readonly size: number;
      /** Of a file that travels by the stores of the cluster, with the absolute path at which this machine has it. */
      readonly sha256?: string;
      readonly source?: string;
    }
  | { readonly type: "symlink"; readonly path: string; readonly text: string }
  | { readonly type: "directory"; readonly path: string };

/** An attempt as a worker gets it. */
export interface RaySpec {
  readonly id: string;
  /** Shown by Ray. */
  readonly name: string;
  /** As fingerprints have it; null: any will do. */
  readonly platform: string | null;
  /** The program and its arguments. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Variables that the command must not have. */
  readonly unset: readonly string[];
  /** Directories that are searched for programs before PATH. */
  readonly bins: readonly string[];
  readonly stdin: string | null;
  readonly stdout: string | null;
  readonly stderr: string | null;
  /** Seconds. */
  readonly timeout: number | null;
  readonly inputs: readonly RayInput[];
  readonly tools: readonly { readonly name: string; readonly sha256: string }[];
  /** Response files, beside the directory of the attempt. */
  readonly lists: readonly { readonly name: string; readonly text: string }[];
  readonly outputs: readonly { readonly path: string }[];
  readonly resources: Readonly<Record<string, number>>;
  /** As Ray takes it; null: none. */
  readonly runtimeEnv: Readonly<Record<string, unknown>> | null;
  /** It is a Python function: the worker's own interpreter takes the place of the program, and what it reports is given back. */
  readonly isPython: boolean;
}

export type Request =
  | { readonly type: "execute"; readonly spec: RaySpec; readonly blobs: Readonly<Record<Digest, string>> }
  | { readonly type: "cancel"; readonly id: string }
  /** The answer to `made`: what has to come, by SHA-256. */
  | { readonly type: "want"; readonly id: string; readonly names: readonly string[] }
  /** The answer to `again`. */
  | { readonly type: "go"; readonly id: string }
  | { readonly type: "find"; readonly id: string; readonly digests: readonly Digest[] }
  /** Two digests of the same content, which inc has verified. */
  | { readonly type: "name"; readonly digest: Digest; readonly sha256: string; readonly size: number };

/** Something that stands at, or below, the place of an output. */
export interface MadeItem {
  readonly path: string;
  readonly type: "file" | "symlink" | "directory";
  readonly text?: string;
  /** Permission bits. */
  readonly mode?: number;
  readonly size?: number;
  /** The content of a small file, in base64. */
  readonly data?: string;
  /** Its place in the pack, in bytes. */
  readonly offset?: number;
  /** Of a large file, with the absolute path to which it was fetched, if it was wanted. */
  readonly sha256?: string;
  readonly file?: string;
}

/** A large file that a command has made, where it was made. */
export interface MadeFile {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

export interface Made {
  readonly items: readonly MadeItem[];
  readonly problems: readonly {
    readonly output: string;
    readonly path: string;
    readonly kind: "special" | "unreadable" | "foreign";
  }[];
  /** Absolute path of a file that holds small files one behind the other; null: there is none. */
  readonly pack: string | null;
}

/** Why a command did not run, or was not seen to end. */
export type Refusal =
  | { readonly kind: "platform"; readonly here: string; readonly wanted: string }
  | { readonly kind: "tool-missing"; readonly tool: string }
  | { readonly kind: "tool-differs"; readonly tool: string; readonly path: string }
  | { readonly kind: "unstarted"; readonly error: string; readonly path: string | null; readonly cwd: string }
  | {
      readonly kind: "infeasible";
      readonly request: Readonly<Record<string, number>>;
      readonly nodes: readonly RayNode[];
      /** What Ray said of the node or the worker that an earlier try was lost with; null: there was none. */
      readonly lost: string | null;
    }
  | { readonly kind: "lost"; readonly tries: number; readonly message: string }
  | { readonly kind: "changed"; readonly path: string }
  /** The place by which data travels does not do what it has to. The message follows its address. */
  | { readonly kind: "data"; readonly address: string; readonly message: string }
  | { readonly kind: "machine" | "memory" | "runtime-env" | "ray"; readonly message: string };

export interface Ended {
  readonly ended: { readonly exit?: number; readonly signal?: string };
  readonly cause: "timeout" | "cancelled" | null;
  readonly strays: readonly Stray[];
  /** Milliseconds. */
  readonly duration: number;
  /** The directory of the attempt, as the worker had it. */
  readonly root: string;
  /** Of a command that succeeded. */
  readonly made?: Made;
  /** Of a Python function: lines of JSON. */
  readonly report?: string;
}

/** What becomes of an attempt. `started` comes again when it was sent again, because its node was lost. */
export type AttemptEvent =
  | {
      readonly type: "started";
      readonly id: string;
      readonly node: string;
      readonly host: string;
      readonly task: string;
    }
  | { readonly type: "log"; readonly id: string; readonly data: string }
  /** How far a Python function says that it has come. */
  | { readonly type: "progress"; readonly id: string; readonly done: number; readonly total: number }
  /** It has ended well, and nothing of it runs any more. Which of its large outputs come, inc says (`want`). */
  | { readonly type: "made"; readonly id: string; readonly files: readonly MadeFile[] }
  /** What it has made was lost before it came: it is to run anew, once inc says so (`go`). */
  | { readonly type: "again"; readonly id: string }
  | { readonly type: "refused"; readonly id: string; readonly refused: Refusal }
  | { readonly type: "cancelled"; readonly id: string }
  | ({ readonly type: "ended"; readonly id: string } & Ended);

export type Answer =
  | Ready
  | Failed
  | AttemptEvent
  /** A large file came into the cluster from this machine. `size`: bytes. */
  | { readonly type: "sent"; readonly digest: Digest; readonly size: number }
  | {
      readonly type: "found";
      readonly id: string;
      readonly found: Readonly<Record<Digest, readonly [sha256: string, size: number]>>;
    };
