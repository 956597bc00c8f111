import type { Version } from "./entry.ts";

/** A version of an object, as `inc log --json` and `inc subscribe --json` show it. */
export type ObjectVersion = Version & {
  /** Of the store that it is in: `EPOCH:SEQ` is where a subscriber goes on, and no other store takes it for its own. */
  readonly epoch: string;
};

/** How a version is published. */
export interface PutOptions {
  /** The number of the version that this one is made from; 0: no version exists yet. Absent: the latest version. */
  readonly ifVersion?: number;
  /** A note to store with the version. */
  readonly message?: string;
}

export interface SubscribeOptions {
  /** Names of objects; absent: all, files among them. */
  readonly names?: readonly string[];
  /**
   * Begin behind this place in the sequence: `EPOCH:SEQ` of an `ObjectVersion`, or its `seq` alone, where it goes
   * unnoticed that the store was replaced. Absent: those that come from now on.
   */
  readonly since?: number | string;
  readonly signal?: AbortSignal;
}

/** The published objects of one workspace. */
export interface ObjectStore {
  /**
   * Publishes a version, durable when it resolves. Gives the latest version, which is this one, or what it was merged
   * into. Throws a `ConflictError` when another version is the latest and the policy does not help.
   */
  put(name: string, bytes: Uint8Array | string, options?: PutOptions): Promise<ObjectVersion>;
  /** The latest version, or the one of a number; undefined: there is none. */
  version(name: string, n?: number): ObjectVersion | undefined;
  /** The bytes of a version; undefined: they were evicted, or it is a directory. */
  read(version: ObjectVersion): Uint8Array | undefined;
  /** Versions as they come, in order, each at least once, from any process. */
  subscribe(options?: SubscribeOptions): AsyncIterableIterator<ObjectVersion>;
  close(): Promise<void>;
}

/** Another version is the latest, and what was put could not be merged with it. Nothing was published. */
export class ConflictError extends Error {
  readonly code: string;
  readonly latest: ObjectVersion | undefined;

  constructor(message: string, code: string, latest: ObjectVersion | undefined) {
    super(message);
    this.name = "ConflictError";
    this.code = code;
    this.latest = latest;
  }
}
