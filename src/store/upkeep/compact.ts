import type { Blobs } from "../blobs/blobs.ts";
import type { Tables } from "../schema.ts";
import type { BlobState } from "./eviction.ts";
import { takeInventory } from "./inventory.ts";

/** Blob files of at least so many bytes become chunks once they are superseded. */
export const COMPACT_FROM = 1_048_576;

/** What a compaction turned into chunks. */
export interface Compaction {
  readonly blobs: number;
  /** Bytes that the blobs took as files. */
  readonly before: number;
  /** Bytes that their chunks added to the database. */
  readonly after: number;
}

/** What a compaction would do. `after` is absent: how much the chunks add is known only once they are written. */
export type CompactionPlan = Pick<Compaction, "blobs" | "before"> & Partial<Compaction>;

/**
 * Turns large blob files that only superseded versions name into chunks. What is the latest of a name, or owned in the
 * workspace, stays a file, which is restored fastest. Each blob is a transaction of its own, so that no other writer waits
 * long.
 */
export function compact(tables: Tables, blobs: Blobs, limitBytes: number): Compaction {
  const done = { blobs: 0, before: 0, after: 0 };
  for (const { digest, size } of compactable(tables, blobs)) {
    if (done.before + size > limitBytes) continue;
    const added = blobs.compact(digest);
    if (added === undefined) continue;
    done.blobs += 1;
    done.before += size;
    done.after += added;
  }
  return done;
}

/** What `compact` would turn into chunks, oldest first. */
export function compactable(tables: Tables, blobs: Blobs): readonly BlobState[] {
  const large = blobs.listFiles().filter(({ size }) => size >= COMPACT_FROM);
  // An inventory reads every version, so it is taken only where some file is large enough.
  if (large.length === 0) return [];
  return takeInventory(tables, blobs, { blobs: large, keepVersions: 1, entries: false })
    .filter(isCompactable)
    .sort((a, b) => a.used - b.used || (a.digest < b.digest ? -1 : 1));
}

function isCompactable({ versions, superseded, protection }: BlobState): boolean {
  const isUsed = protection === "latest" || protection === "in the workspace";
  return versions.length > 0 && superseded && !isUsed;
}
