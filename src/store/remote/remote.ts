import { fingerprintOf, staticFingerprint } from "../../fingerprint/fingerprint.ts";
import type { Hasher } from "../../host/files/host.ts";
import type { SetNode } from "../../model/description.ts";
import type { Digest, Fingerprint } from "../../model/digest.ts";
import type { AttemptRecord, Entry } from "../../model/entry.ts";
import type { Blobs } from "../blobs/blobs.ts";

/** What is looked for. */
export interface Sought {
  /** Of a task with depfiles the static one. */
  readonly fingerprint: Fingerprint;
  /**
   * Of a task with depfiles: its fingerprint if these are its found inputs, as they are here. Undefined: one of them
   * cannot be read.
   */
  readonly withFound?: (paths: readonly string[]) => Fingerprint | undefined;
  /**
   * True for the path of an output whose files are to be brought; absent: all are. What directories hold is listed, and the log
   * comes, in any case.
   */
  readonly brings?: (path: string) => boolean;
  /** True while all jobs of the run have work: it does not wait for the answer then. Absent: it always waits. */
  readonly isBusy?: () => boolean;
}

/** A result of one attempt. Its bytes are in the store here, as far as they were to be brought. */
export interface Fetched {
  readonly entry: Entry;
  /** The attempt that made it: lineage goes on from it. */
  readonly record: Omit<AttemptRecord, "seq">;
}

/**
 * Looks for a result in a shared cache or on a cluster, and brings its bytes. Undefined: it is not there. Rejects when that
 * cannot be known.
 * @param signal Aborted when the answer is not needed any more.
 */
export type Lookup = (sought: Sought, blobs: Blobs, signal: AbortSignal) => Promise<Fetched | undefined>;

/** A result that was made here, and how it is to be shared. */
export interface SharedResult extends Fetched {
  /** It was made by `--force`: what is there under its fingerprint is replaced. */
  readonly replaces: boolean;
  /** A node of the sets that it was made of; undefined: it is not known any more. */
  node(digest: Digest): SetNode | undefined;
}

/** Takes results to where others find them. What goes wrong fails no run. */
export interface Sharing {
  /** Returns at once. */
  share(made: SharedResult, blobs: Blobs): void;
  /** Waits, within limits, until all of them are there. */
  drain(signal: AbortSignal): Promise<void>;
}

/** False when a result is not one of what was asked for, by what its own record says that it was made of. */
export function isResultOf({ entry, record }: Fetched, asked: Fingerprint, hasher: Hasher): boolean {
  const whole = fingerprintOf(record.description, hasher);
  if (entry.fingerprint !== whole || record.fingerprint !== whole || entry.record !== record.id) return false;
  return whole === asked || staticFingerprint(record.description, hasher) === asked;
}
