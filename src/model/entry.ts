import type { Reason } from "./decision.ts";
import type { Description } from "./description.ts";
import type { Digest, Fingerprint } from "./digest.ts";
import type { Identity } from "./identity.ts";

/** One output as an attempt left it. `path` is relative to the workspace; `size` in bytes, of a directory its files' sum. */
export interface Artifact {
  readonly name: string;
  readonly path: string;
  readonly identity: Identity;
  readonly size: number;
}

/** What a fingerprint stands for: a success that can be had again without running. */
export interface Entry {
  readonly fingerprint: Fingerprint;
  /** In the order of the task's outputs. Empty: the entry is the success itself. */
  readonly outputs: readonly Artifact[];
  /** Blob of what the attempt printed; absent when it printed nothing. */
  readonly log?: Digest;
  /** Milliseconds of the attempt that made it. */
  readonly duration: number;
  /** The record of that attempt. */
  readonly record: string;
}

export type Outcome = "ok" | "failed" | "timeout" | "cancelled";

/** The provenance of one attempt. Kept when blobs are evicted. */
export interface AttemptRecord {
  /** Unique and sortable by time. */
  readonly id: string;
  readonly run: string;
  /** The manifest and the id of the task at that time. */
  readonly manifest: string;
  readonly task: string;
  readonly fingerprint: Fingerprint;
  readonly description: Description;
  readonly outcome: Outcome;
  /** Absent when a signal ended it or it never started. */
  readonly exit?: number;
  readonly signal?: string;
  readonly outputs: readonly Artifact[];
  readonly log?: Digest;
  readonly host: string;
  readonly executor: "local";
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly duration: number;
  readonly reason: Reason;
  /** True when inputs moved while it ran or it was not cacheable: no entry was made of it. */
  readonly uncached: boolean;
}

/** One version of an object (a path, for now). Sequence numbers start at 1. */
export interface Version {
  readonly name: string;
  readonly n: number;
  readonly identity: Identity;
  readonly size: number;
  /** `made` by an attempt, `used` (a source in an attempt), `edited` (someone's bytes, kept before they were replaced). */
  readonly cause: "made" | "used" | "edited";
  /** The attempt that first made or used it. */
  readonly record?: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** What inc wrote at a path: only such a path may it remove. */
export interface Owned {
  readonly path: string;
  readonly identity: Identity;
  readonly manifest: string;
  readonly task: string;
}

/** One run, for `status` and lineage. */
export interface RunRecord {
  readonly id: string;
  readonly manifest: string;
  readonly started: number;
  readonly ended?: number;
  readonly exit?: number;
  readonly argv: readonly string[];
}
