import type { BlobFiles } from "../blobs/blobs.ts";
import type { Chunks } from "../blobs/chunks.ts";
import type { BlobState } from "./eviction.ts";
import { type InventorySource, takeInventory } from "./inventory.ts";

/** Blob files of at least so many bytes become chunks once they are superseded. */
export const COMPACT_FROM = 1_048_576;

/** What was turned into chunks. */
export interface Compaction {
  readonly blobs: number;
  /** Bytes that they took as files. */
  readonly before: number;
  /** Bytes that their chunks added. */
  readonly after: number;
}

/** What would be: how much the chunks add is known only once they are there. */
export type CompactionPlan = Pick<Compaction, "blobs" | "before"> & Partial<Compaction>;

/**
 * Turns large blob files that only superseded versions name into chunks. What is the latest of a name, or owned in the
 * workspace, stays a file, which is restored fastest. Each blob is a transaction of its own, so that nobody waits long.
 */
export function compact(
  source: Pick<InventorySource, "tables" | "readBlob">,
  files: BlobFiles,
  chunks: Chunks,
  limitBytes: number,
): Compaction {
  let blobs = 0;
  let before = 0;
  let after = 0;
  for (const { digest, size } of compactable(source, files)) {
    if (before + size > limitBytes) continue;
    const added = chunks.store(digest, files.path(digest));
    if (added === undefined) {
      files.remove(digest);
      continue;
    }
    blobs += 1;
    before += size;
    after += added;
  }
  return { blobs, before, after };
}

/** What `compact` would turn into chunks, oldest first. */
export function compactable(
  source: Pick<InventorySource, "tables" | "readBlob">,
  files: BlobFiles,
): readonly BlobState[] {
  const stored = files.all().map((blob) => ({ ...blob, where: "file" as const }));
  // An inventory is a read of every version: not for nothing.
  if (stored.every(({ size }) => size < COMPACT_FROM)) return [];
  return takeInventory({ ...source, blobs: stored }, 1)
    .filter(isCompactable)
    .sort((a, b) => a.used - b.used || (a.digest < b.digest ? -1 : 1));
}

function isCompactable({ size, versions, superseded, protection }: BlobState): boolean {
  const isUsed = protection === "latest" || protection === "in the workspace";
  return size >= COMPACT_FROM && versions.length > 0 && superseded && !isUsed;
}
