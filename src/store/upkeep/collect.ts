import { statfsSync } from "node:fs";
import type { Store } from "../store.ts";
import type { Compaction } from "./compact.ts";
import type { Eviction, EvictionLimits } from "./eviction.ts";

/** How often a run looks at how much the store holds, in milliseconds: looking costs a walk over all its files. */
const WEIGH_EVERY = 600_000;

/** Bytes of superseded blobs that a run turns into chunks each time, at most: about a second's work. Larger ones wait for `inc gc`. */
const COMPACT_AT_ONCE = 128 * 2 ** 20;

/** Down to which part of the limit a run evicts, so that not every run has to. */
const LOW_WATER = 0.9;

/** Blobs are bounded by 10 GB or a fifth of the disk, whichever is less, in bytes. */
export function defaultLimit(directory: string): number {
  const { blocks, bsize } = statfsSync(directory);
  return Math.min(10e9, (blocks * bsize) / 5);
}

/** What `inc gc` did, or would do. */
export interface Collected {
  readonly evictions: readonly Eviction[];
  /** Bytes. */
  readonly freed: number;
  readonly kept: number;
  readonly compaction: Compaction;
}

/**
 * Lets large superseded blobs share what they have in common, then evicts by the limits; without any by the default one.
 * With `dry` nothing is done. Else the lease is held.
 */
export function collect(store: Store, limits: EvictionLimits, dry: boolean): Collected {
  const unlimited = limits.maxSize === undefined && limits.olderThan === undefined && limits.keepVersions === undefined;
  const effective = unlimited ? { maxSize: defaultLimit(store.directory) } : limits;
  const compaction = store.compact(dry ? 0 : Number.POSITIVE_INFINITY);
  const { upkeep } = store;
  const { evictions, kept } = dry ? upkeep.plan(effective, Date.now()) : upkeep.evict(effective, Date.now());
  return { compaction, evictions, kept, freed: evictions.reduce((sum, { blob }) => sum + blob.size, 0) };
}

/** Bounds the store at the end of a run, every now and then. The lease is held. */
export function collectWhenDue(store: Store): void {
  const now = Date.now();
  const last = store.meta("weighed");
  // A clock that went back makes it due.
  if (typeof last === "number" && now >= last && now - last < WEIGH_EVERY) return;
  store.exchange("weighed", () => ({ set: now }));
  store.compact(COMPACT_AT_ONCE);
  const limit = defaultLimit(store.directory);
  const { upkeep } = store;
  const size = upkeep.blobs().reduce((sum, blob) => sum + blob.size, 0);
  if (size > limit) upkeep.evict({ maxSize: limit * LOW_WATER }, now);
}
