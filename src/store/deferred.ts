import type { Fingerprint } from "../model/digest.ts";
import type { AttemptRecord, Entry } from "../model/entry.ts";

/**
 * True for a result whose bytes were left in the shared cache: what is missing of it was not evicted.
 * @param record Of the attempt that made it; undefined: it is not known.
 */
export function isDeferred(
  record: Pick<AttemptRecord, "fingerprint"> | undefined,
  entry: (fingerprint: Fingerprint) => Entry | undefined,
): boolean {
  return record !== undefined && entry(record.fingerprint)?.deferred === true;
}
