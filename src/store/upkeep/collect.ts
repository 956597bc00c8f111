import { statfsSync } from "node:fs";
import type { SourceIdentities } from "../../model/identity.ts";
import { acquireLease } from "../lease.ts";
import { isNumber, type MetaSlot } from "../meta.ts";
import type { Store } from "../store.ts";
import { COMPACT_FROM, type CompactionPlan } from "./compact.ts";
import type { Eviction, EvictionLimits } from "./eviction.ts";
import { bytesOf } from "./usage.ts";

/** How often a run weighs the store, in milliseconds: that costs a walk over all its files. */
const WEIGH_EVERY = 600_000;

/** When a run weighed it last, in milliseconds since the epoch. */
export const WEIGHED_SLOT: MetaSlot<number> = { key: "weighed", isValid: isNumber };

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
  readonly remaining: number;
  /** With `dry` what would be turned into chunks: how much they take is not known before. */
  readonly compaction: CompactionPlan;
  /** Bytes that the store was to be brought below, and cannot be: nothing was evicted for it. */
  readonly unreachable?: number;
}

/**
 * Lets large superseded blobs share what they have in common, then evicts by the limits; without any by the default one.
 * With `dry` nothing is done. Else the lease is held.
 */
export function collect(store: Store, limits: EvictionLimits, dry: boolean, sources: SourceIdentities): Collected {
  const unlimited = limits.maxSize === undefined && limits.olderThan === undefined && limits.keepVersions === undefined;
  const wanted = unlimited ? { maxSize: defaultLimit(store.directory) } : limits;
  const { upkeep } = store;
  const compaction = dry ? upkeep.compactable() : upkeep.compact(Number.POSITIVE_INFINITY);
  const request = { limits: wanted, now: Date.now(), sources };
  const { maxSize, ...others } = wanted;
  const misses = maxSize !== undefined && upkeep.plan(request).remaining > maxSize;
  const limited = misses ? { ...request, limits: others } : request;
  const { evictions, remaining } = dry ? upkeep.plan(limited) : upkeep.evict(limited);
  const freed = bytesOf(evictions.map(({ blob }) => blob));
  return { compaction, evictions, remaining, freed, ...(misses ? { unreachable: maxSize } : {}) };
}

/** What a run did to bring the store below its limit, in bytes. */
export interface Bounded {
  readonly limit: number;
  /** What it held, once superseded blobs shared their chunks. */
  readonly held: number;
  /** Empty: what may go is not enough to come below the limit. */
  readonly evictions: readonly Eviction[];
}

/**
 * Bounds the store at the end of a run, every now and then; undefined: nothing went, and nothing had to. What is over the
 * limit is compacted as a whole before anything is evicted, for that loses nothing. The lease is held.
 * @param limit Bytes.
 */
export function collectWhenDue(
  store: Store,
  sources: SourceIdentities,
  limit = defaultLimit(store.directory),
): Bounded | undefined {
  const now = Date.now();
  const last = store.meta(WEIGHED_SLOT);
  // A clock that went back makes it due.
  if (last !== undefined && now >= last && now - last < WEIGH_EVERY) return undefined;
  store.exchange(WEIGHED_SLOT, () => ({ set: now }));
  const { upkeep } = store;
  const before = upkeep.size();
  const { blobs } = upkeep.compact(before > limit ? Number.POSITIVE_INFINITY : COMPACT_AT_ONCE);
  const held = blobs === 0 ? before : upkeep.size();
  if (held <= limit) return undefined;
  for (const maxSize of [limit * LOW_WATER, limit]) {
    const request = { limits: { maxSize }, now, sources };
    if (upkeep.plan(request).remaining <= maxSize) return { limit, held, evictions: upkeep.evict(request).evictions };
  }
  return { limit, held, evictions: [] };
}

/** Turns what a put has superseded into chunks, unless another process holds the lease: its next compaction does it then. */
export async function compactAfterPut(store: Store, size: number): Promise<void> {
  if (size < COMPACT_FROM) return;
  const never = new AbortController().signal;
  const lease = await acquireLease(store, { command: "inc put", wait: 0, signal: never, onWait: () => {} });
  if (lease === "interrupted" || !lease.ok) return;
  try {
    store.upkeep.compact(COMPACT_AT_ONCE);
  } finally {
    await lease.value.release();
  }
}
