import { fingerprintOf, staticFingerprint } from "../../fingerprint/fingerprint.ts";
import type { Hasher } from "../../host/files/host.ts";
import type { Fingerprint } from "../../model/digest.ts";
import type { AttemptRecord, Entry } from "../../model/entry.ts";
import type { Blobs } from "../blobs/blobs.ts";

/** A result that was made elsewhere. Its bytes are in the store here. */
export interface Fetched {
  readonly entry: Entry;
  /** The attempt that made it: lineage goes on from it. */
  readonly record: Omit<AttemptRecord, "seq">;
}

/**
 * Looks for a result in a shared cache or on a cluster, and brings its bytes. Undefined: it is not there. Rejects when that
 * cannot be known.
 * @param fingerprint Of a task with depfiles the static one.
 * @param signal Aborted when the answer is not needed any more.
 */
export type Lookup = (fingerprint: Fingerprint, blobs: Blobs, signal: AbortSignal) => Promise<Fetched | undefined>;

/** False when a result is not one of what was asked for, by what its own record says that it was made of. */
export function isResultOf({ entry, record }: Fetched, asked: Fingerprint, hasher: Hasher): boolean {
  const whole = fingerprintOf(record.description, hasher);
  if (entry.fingerprint !== whole || record.fingerprint !== whole || entry.record !== record.id) return false;
  return whole === asked || staticFingerprint(record.description, hasher) === asked;
}
