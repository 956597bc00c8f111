import type { EnvValue } from "../model/description.ts";
import type { Digest, Fingerprint } from "../model/digest.ts";
import type { AttemptRecord, Origin, RayRun, Version } from "../model/entry.ts";
import type { Identity } from "../model/identity.ts";

/** What an object is to the pipeline. */
export type ObjectType = "source" | "artifact" | "object" | "param" | "env" | "tool";

/** A version of an object, as a node of the graph. */
export interface VersionNode {
  readonly kind: "version";
  /** `name@n`; unique among all nodes. */
  readonly id: string;
  readonly name: string;
  /** 0: it was used in a state that was never given a number. */
  readonly n: number;
  readonly type: ObjectType;
  readonly identity: Identity;
  /** Bytes. */
  readonly size: number;
  readonly cause: Version["cause"];
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The run in which it became the latest. */
  readonly run?: string;
  /** It was taken from the cache by that run: an attempt of an earlier one had made it. */
  readonly cached?: true;
  readonly message?: string;
  /** Of a parameter, a variable or a tool: its JSON text. Absent when it is a secret, or no longer known. */
  readonly value?: string;
  /** No later version counts. */
  readonly latest: boolean;
  /** Its bytes are not in the store (any more). */
  readonly evicted?: true;
  /** Its bytes were left in the shared cache. */
  readonly deferred?: true;
  /** Why it would be made anew: names of what differs now from what it was made of. Only where that was asked for. */
  readonly stale?: readonly string[];
  /** There is more beyond it that the document leaves out. */
  readonly truncated?: true;
}

/** An attempt, as a node of the graph. */
export interface RecordNode {
  readonly kind: "record";
  /** The attempt's; unique among all nodes. */
  readonly id: string;
  readonly task: string;
  readonly manifest: string;
  readonly run: string;
  /** One element for a shell, else the arguments. */
  readonly command: readonly string[];
  /** Digest of the command, its shell and its working directory: the code, as far as the task itself holds it. */
  readonly code: Digest;
  /** Digest of the variables and the platform. */
  readonly environment: Digest;
  readonly shell: AttemptRecord["description"]["shell"];
  /** One call of the function may make several units. */
  readonly isForAll?: true;
  readonly platform: string;
  readonly cwd: string;
  /** By name. Of a secret not even the digest is given. */
  readonly env: Readonly<Record<string, Exclude<EnvValue, { kind: "secret" }> | { readonly kind: "secret" }>>;
  readonly params: AttemptRecord["description"]["params"];
  readonly tools: AttemptRecord["description"]["tools"];
  readonly fingerprint: Fingerprint;
  readonly reason: AttemptRecord["reason"]["kind"];
  readonly executor: AttemptRecord["executor"];
  readonly host: string;
  /** Where it ran on a Ray cluster. */
  readonly cluster?: RayRun;
  /** The record of the attempt whose result was accepted; nothing ran then. */
  readonly accepted?: string;
  /** Where it came from, if another machine made it. */
  readonly origin?: Origin;
  /** Milliseconds since the epoch, and milliseconds. */
  readonly started: number;
  readonly duration: number;
  readonly outcome: AttemptRecord["outcome"];
  readonly exit?: number;
  readonly signal?: string;
  /** The id of the attempt, when nothing ran: its result was found to hold again. */
  readonly confirms?: string;
  /** It used or made more than the document holds. */
  readonly truncated?: true;
}

export type LineageNode = VersionNode | RecordNode;

/** An element of a value: a unit was made of it. */
export interface UsedPart {
  readonly key: string;
  /** Of its canonical JSON. Absent: it is not known (see `elements.ts`). */
  readonly digest?: Digest;
}

/** From what came before to what came of it, by the ids of nodes. */
export type LineageEdge =
  /** A version was used by an attempt. `set`: as a member of the set of that label; `found`: a depfile named it. */
  | {
      readonly kind: "used";
      readonly from: string;
      readonly to: string;
      readonly set?: string;
      readonly found?: true;
      /** Of a value, only this element. */
      readonly element?: UsedPart;
    }
  /** An attempt made a version. `again`: it was the same as before. */
  | { readonly kind: "made"; readonly from: string; readonly to: string; readonly again?: true }
  /** An attempt depended on the success of another that has no outputs. */
  | { readonly kind: "passed"; readonly from: string; readonly to: string }
  /** A version was merged from others. */
  | { readonly kind: "merged"; readonly from: string; readonly to: string };

/**
 * The one model that every format is rendered from: a directed graph. It has a cycle only where a pipeline was turned
 * around, so that what was made of a version later made the same version again. Nodes and edges are in the order in
 * which they were reached from the roots, which is the same for the same store.
 */
export interface LineageDocument {
  /** Version of this shape. */
  readonly format: 1;
  /** Whether the graph goes from the roots to what they were made of, or to what was made of them. */
  readonly direction: "up" | "down";
  /** Ids of the versions that were asked about. */
  readonly roots: readonly string[];
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/** The id of a version's node. */
export function versionId(name: string, n: number): string {
  return `${name}@${n}`;
}
