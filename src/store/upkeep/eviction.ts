import type { Digest } from "../../model/digest.ts";

/** A blob, with what counts for and against its eviction. */
export interface BlobState {
  readonly digest: Digest;
  /** Bytes that it takes in the store. */
  readonly size: number;
  /** Versions that need it, `name@n`. */
  readonly versions: readonly string[];
  /** Why the blob must not be evicted. Absent: it may be. */
  readonly protection?: Protection;
  /** It is beyond the newest versions of every name that needs it, as many as `keepVersions` says. */
  readonly superseded: boolean;
  /** Milliseconds that it takes to make all that is made together with it, for each of their bytes; Infinity: no task can. */
  readonly cost: number;
  /** Milliseconds since the epoch. */
  readonly used: number;
}

export type Protection = "pinned" | "latest" | "in the workspace" | "protected by its object";

export interface EvictionLimits {
  /** Bytes of all blobs. */
  readonly maxSize?: number;
  /** Blobs that were not used for so many milliseconds go. */
  readonly olderThan?: number;
  /** Versions beyond the newest so many of a name go. Says which blobs are `superseded`. */
  readonly keepVersions?: number;
}

export type EvictionReason = "unreferenced" | "superseded" | "old" | "least valuable";

export interface Eviction {
  readonly blob: BlobState;
  readonly reason: EvictionReason;
}

const DAY = 86_400_000;

/**
 * What it costs to lose a blob: the time to make it again for each byte that its loss frees, less the longer it was not
 * used. The GreedyDual-Size-Frequency family (Cherkasova, 1998) with age in the place of frequency. Blobs that no task can
 * make again count more than all that can be made, and among themselves by age.
 */
export function valueOfBlob({ cost, used }: BlobState, now: number): number {
  const freshness = 1 / (1 + Math.max(0, now - used) / DAY);
  return Number.isFinite(cost) ? cost * freshness : Number.MAX_SAFE_INTEGER * (1 + freshness);
}

/** Which blobs go, first those that the limits name, then the least valuable until the rest fits. Protected ones never do. */
export function planEviction(blobs: readonly BlobState[], limits: EvictionLimits, now: number): readonly Eviction[] {
  const evictions: Eviction[] = [];
  const left: BlobState[] = [];
  for (const blob of blobs) {
    const reason = blob.protection === undefined ? dueReason(blob, limits, now) : undefined;
    if (reason === undefined) left.push(blob);
    else evictions.push({ blob, reason });
  }
  let total = left.reduce((sum, { size }) => sum + size, 0);
  const max = limits.maxSize ?? Number.POSITIVE_INFINITY;
  const candidates = left
    .filter(({ protection }) => protection === undefined)
    .map((blob) => ({ blob, value: valueOfBlob(blob, now) }))
    .sort((a, b) => a.value - b.value || (a.blob.digest < b.blob.digest ? -1 : 1));
  for (const { blob } of candidates) {
    if (total <= max) break;
    evictions.push({ blob, reason: "least valuable" });
    total -= blob.size;
  }
  return evictions;
}

function dueReason(blob: BlobState, limits: EvictionLimits, now: number): EvictionReason | undefined {
  if (blob.versions.length === 0 && blob.cost === 0) return "unreferenced";
  if (limits.keepVersions !== undefined && blob.superseded) return "superseded";
  return limits.olderThan !== undefined && now - blob.used > limits.olderThan ? "old" : undefined;
}
