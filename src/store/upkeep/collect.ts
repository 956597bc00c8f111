import { statfsSync } from "node:fs";
import { acquireLease } from "../lease.ts";
import type { Store } from "../store.ts";
import { COMPACT_FROM, type CompactionPlan } from "./compact.ts";
import type { Eviction, EvictionLimits } from "./eviction.ts";
import type { SourceIdentities } from "./inventory.ts";

/** How often a run looks at how much the store holds, in milliseconds: looking costs a walk over all its files. */
const WEIGH_EVERY = 600_000;

/**
 * Bytes of superseded blobs that a run below the limit, or a put, turns into chunks each time, at most: about a second's
 * work. Larger ones wait for `inc gc`.
 */
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
  /** With `dry` what would be turned into chunks: how much they take is not known before. */
  readonly compaction: CompactionPlan;
  /** Bytes that the store was to be brought below, and cannot be: nothing was evicted for it. */
  readonly unreachable?: number;
}

/**
 * Lets large superseded blobs share what they have in common, then evicts by the limits; without any by the default one.
 * With `dry` nothing is done. Else the lease is held.
 */
export function collect(store: Store, limits: EvictionLimits, dry: boolean, present: SourceIdentities): Collected {
  const unlimited = limits.maxSize === undefined && limits.olderThan === undefined && limits.keepVersions === undefined;
  const wanted = unlimited ? { maxSize: defaultLimit(store.directory) } : limits;
  const compaction = dry ? store.compactable() : store.compact(Number.POSITIVE_INFINITY);
  const { upkeep } = store;
  const now = Date.now();
  const planned = upkeep.plan(wanted, now, present);
  const { maxSize, ...others } = wanted;
  const misses = maxSize !== undefined && planned.kept > maxSize;
  const limited = misses ? others : wanted;
  const { evictions, kept } = dry ? upkeep.plan(limited, now, present) : upkeep.evict(limited, now, present);
  const freed = evictions.reduce((sum, { blob }) => sum + blob.size, 0);
  return { compaction, evictions, kept, freed, ...(misses ? { unreachable: maxSize } : {}) };
}

/** What a run did to keep the store below its limit, in bytes. */
export interface Bounded {
  readonly limit: number;
  /** What it held, once superseded blobs shared their chunks. */
  readonly held: number;
  /** Empty: without what never goes there would still be more than the limit. */
  readonly evictions: readonly Eviction[];
}

/**
 * Bounds the store at the end of a run, every now and then; undefined: nothing went, and nothing had to. What is over the
 * limit is compacted as a whole before anything is evicted, for that loses nothing. The lease is held.
 * @param limit Bytes.
 */
export function collectWhenDue(
  store: Store,
  present: SourceIdentities,
  limit = defaultLimit(store.directory),
): Bounded | undefined {
  const now = Date.now();
  const last = store.meta("weighed");
  // A clock that went back makes it due.
  if (typeof last === "number" && now >= last && now - last < WEIGH_EVERY) return undefined;
  store.exchange("weighed", () => ({ set: now }));
  const { upkeep } = store;
  const weigh = (): number => upkeep.blobs().reduce((sum, blob) => sum + blob.size, 0);
  store.compact(weigh() > limit ? Number.POSITIVE_INFINITY : COMPACT_AT_ONCE);
  const held = weigh();
  if (held <= limit) return undefined;
  for (const maxSize of [limit * LOW_WATER, limit])
    if (upkeep.plan({ maxSize }, now, present).kept <= maxSize)
      return { limit, held, evictions: upkeep.evict({ maxSize }, now, present).evictions };
  return { limit, held, evictions: [] };
}

/** Turns what a put has superseded into chunks, unless somebody else holds the lease, who does it then. */
export async function compactAfterPut(store: Store, size: number): Promise<void> {
  if (size < COMPACT_FROM) return;
  const never = new AbortController().signal;
  const lease = await acquireLease(store, { command: "inc put", wait: 0, signal: never, onWait: () => {} });
  if (lease === "interrupted" || !lease.ok) return;
  try {
    store.compact(COMPACT_AT_ONCE);
  } finally {
    await lease.value.release();
  }
}
