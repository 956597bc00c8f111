import type { Reason } from "./decision.ts";
import type { Description } from "./description.ts";
import type { Digest, Fingerprint } from "./digest.ts";
import type { Identity } from "./identity.ts";
import type { Permissions } from "./permissions.ts";

/**
 * One output as an attempt left it. `path` is relative to the workspace; `size` in bytes, of a directory its files'
 * sum.
 */
export interface Artifact {
  readonly name: string;
  readonly path: string;
  readonly identity: Identity;
  readonly size: number;
  /** Absent of a symlink. */
  readonly permissions?: Permissions;
}

/** What is stored under a fingerprint: a success that can be had again without running. */
export interface Entry {
  readonly fingerprint: Fingerprint;
  /** In the order of the task's outputs. Empty: the entry is the success itself. */
  readonly outputs: readonly Artifact[];
  /**
   * In which order the attempt wrote its files last: the place of each, output by output and of a directory in the
   * order of its listing. Absent: there is no order to speak of.
   */
  readonly made?: readonly number[];
  /** Blob of what the attempt printed; absent when it printed nothing. */
  readonly log?: Digest;
  /** Milliseconds of the attempt that made it. */
  readonly duration: number;
  /** The record of that attempt. */
  readonly record: string;
  /** Present while the bytes of some outputs are in the shared cache alone: no attempt here has needed them. */
  readonly deferred?: true;
}

/** Where a result came from that another machine made. */
export interface Origin {
  /** Address of the shared cache, without a user or password. */
  readonly remote: string;
  /** The scope in which it was found: `main`, `pr/12`. */
  readonly scope: string;
  /** Who made it: the runner of CI, else user and host. */
  readonly builder: string;
  /** The run of CI, as `GitHub Actions run 812`. Absent: it was made elsewhere. */
  readonly ci?: string;
  /** The page of that run. */
  readonly url?: string;
}

/** An element of what an `each` fans out over. */
export interface UsedElement {
  /** The value that it is in, as `value:regions`: in its latest version before the record. */
  readonly of: string;
  readonly key: string;
  /** See `Expansion.keyedBy`. */
  readonly by?: readonly string[];
}

/** Where an attempt ran, as Ray knows it. */
export interface RayRun {
  /** The version of Ray. */
  readonly ray: string;
  /** Ray's ids. */
  readonly node: string;
  readonly task: string;
}

export type Outcome = "ok" | "failed" | "timeout" | "cancelled";

/** The provenance of one attempt. It stays when blobs are evicted. */
export interface AttemptRecord {
  /** Unique and sortable by time. */
  readonly id: string;
  /**
   * Its place in the one sequence of versions and records: behind every version that it used or made. So what it used
   * of a name is that name's latest version before it with the identity that its description holds.
   */
  readonly seq: number;
  readonly run: string;
  /** The manifest and the id of the task at that time. */
  readonly manifest: string;
  readonly task: string;
  readonly fingerprint: Fingerprint;
  readonly description: Description;
  /** Names of the parameters, variables and tools that it used, sorted: each in its latest version before `seq`. */
  readonly values: readonly string[];
  /** Published objects that it used → number of the version that was pinned for it. */
  readonly objects: Readonly<Record<string, number>>;
  /** Of a unit: the elements of values that it was made of. Absent: none. */
  readonly elements?: readonly UsedElement[];
  readonly outcome: Outcome;
  /** Absent when a signal ended it or it never started. */
  readonly exit?: number;
  readonly signal?: string;
  readonly outputs: readonly Artifact[];
  readonly log?: Digest;
  /** Where it ran: the name of the machine, and of what executed it there. */
  readonly host: string;
  readonly executor: string;
  /** Present when it ran on a Ray cluster, by an inc of this workspace. */
  readonly cluster?: RayRun;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly duration: number;
  readonly reason: Reason;
  /** True when inputs moved while it ran or it was not cacheable: no entry was made of it. */
  readonly uncached: boolean;
  /** Present when another machine made it, and it was found in a shared cache. */
  readonly origin?: Origin;
  /** Present when nothing ran: the record of the attempt whose result a person accepted for these inputs. */
  readonly accepted?: string;
  /** Present when nothing ran: the attempt is here once more, under the id and at the place of its confirmation. */
  readonly confirmed?: Pick<Confirmation, "confirms" | "reason" | "run" | "time">;
}

/**
 * Says that what an attempt made holds again: its result was restored, or found in place, for inputs that had been
 * others in the meantime. What the attempt used and made counts as used and made at this place in the sequence once
 * more.
 */
export interface Confirmation
  extends Pick<AttemptRecord, "id" | "seq" | "run" | "manifest" | "task" | "values" | "objects" | "reason"> {
  /** The record of the attempt, never of another confirmation. */
  readonly confirms: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/**
 * One state of an object. Sequence numbers of a name start at 1. Those with the cause `edited` or `proposed` are on the
 * side: they are never the latest of their name.
 */
export interface Version {
  /** See `object-name.ts`. */
  readonly name: string;
  readonly n: number;
  /** Its place in the one sequence of versions and records, across all names. */
  readonly seq: number;
  /** A value (a param, a variable, a tool) is the file of its canonical JSON text. */
  readonly identity: Identity;
  /** Bytes; of a directory its files' sum. */
  readonly size: number;
  /** Absent where nothing had any: a symlink, a value, what came through a pipe. */
  readonly permissions?: Permissions;
  /**
   * `made` by an attempt, `used` (a source in an attempt), `put` or `merged` (published), `edited` (bytes that a person
   * wrote over an output, preserved before they were replaced), `proposed` (what a writer with an old base gave, before it
   * was merged).
   */
  readonly cause: "made" | "used" | "put" | "merged" | "edited" | "proposed";
  /** The attempt that first made or used it, or the confirmation of one. */
  readonly record?: string;
  /** The latest attempt that made the same again, or confirmation that it did, when it is another one. */
  readonly current?: string;
  /** The run in which it became the latest. */
  readonly run?: string;
  /** Numbers of the versions of the same name that it came from: one of a `put`, two of a `merged` one. */
  readonly parents?: readonly number[];
  /** Its bytes never were in the store: of a source too large for `keep`, or of a secret. */
  readonly unkept?: true;
  /** What its writer said about it. */
  readonly message?: string;
  /** The program and user that published it. */
  readonly writer?: WriterIdentity;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** A process that publishes. */
export interface WriterIdentity {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
}

/** True for a side version: it is never the latest of its name. */
export function isSideVersion({ cause }: Pick<Version, "cause">): boolean {
  return cause === "edited" || cause === "proposed";
}

/** A version that waits for its numbers. */
export type NewVersion = Omit<Version, "n" | "seq" | "current">;

/** What inc wrote at a path: only such a path may it remove. */
export interface Owned {
  readonly path: string;
  readonly identity: Identity;
  readonly manifest: string;
  readonly task: string;
}

/** What a run had of a shared cache. */
export interface RemoteUse {
  /** Its address, without a user and password. */
  readonly remote: string;
  /** Look-ups that found a result, and that found none. */
  readonly hits: number;
  readonly misses: number;
  /** Results that were uploaded. */
  readonly uploaded: number;
  /** Bytes that came and went, as they travelled. */
  readonly taken: number;
  readonly given: number;
  /** Milliseconds of the attempts whose results were found. */
  readonly saved: number;
}

/** One run, for `status` and lineage. */
export interface RunRecord {
  readonly id: string;
  /** The last place in the sequence that was taken when it ended. */
  readonly seq: number;
  readonly manifest: string;
  readonly started: number;
  readonly ended?: number;
  readonly exit?: number;
  readonly argv: readonly string[];
  /** Absent: it asked no shared cache anything. */
  readonly remote?: RemoteUse;
}
