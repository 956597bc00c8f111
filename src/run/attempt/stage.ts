import { canonicalListing, parseListing } from "../../files/listing.ts";
import type { Digest } from "../../model/digest.ts";
import type { Artifact, Entry } from "../../model/entry.ts";
import type { ListingEntry } from "../../model/identity.ts";
import type { Session } from "../session/session.ts";
import { LARGE } from "./read-outputs.ts";
import { differingOutputs } from "./restore.ts";

/** True when the restore of an entry would block the thread for long. */
export function isLarge(entry: Entry): boolean {
  return entry.outputs.some(({ size }) => size > LARGE);
}

interface Staging {
  readonly signal: AbortSignal;
  /** What has been staged for this task already, or is about to be. */
  readonly staged: readonly Digest[];
}

/**
 * Copies and verifies the large files of outputs that are to be restored, in other threads; the restore has then only to
 * put them in their places. It also reports what is missing or damaged.
 * @returns False when the signal was aborted before all was copied.
 */
export async function stageOutputs(session: Session, entry: Entry, { signal, staged }: Staging): Promise<boolean> {
  const { workspace, store } = session;
  let differing: readonly Artifact[] = [];
  const look = (): void => {
    differing = differingOutputs(session, entry);
  };
  if (!(await workspace.index.ahead.finish(look, signal))) return false;
  const digests = differing.flatMap((artifact) => largeFiles(session, artifact));
  const open = digests.filter((digest) => !staged.includes(digest));
  await Promise.all(open.map((digest) => store.blobs.stage(digest, signal)));
  return !signal.aborted;
}

/** What is large in an artifact and not in its place. */
export function largeFiles({ workspace, store }: Session, { path, identity, size }: Artifact): readonly Digest[] {
  if (size <= LARGE || identity.type === "symlink") return [];
  if (identity.type === "file") return [identity.digest];
  const listing = parseListing(store.blobs.read(identity.digest) ?? canonicalListing([]));
  const present = new Set(workspace.index.identifyTree(path)?.listing.map(keyOf));
  return listing.flatMap((entry) =>
    entry.type === "file" && entry.size > LARGE && !present.has(keyOf(entry)) ? [entry.digest] : [],
  );
}

function keyOf(entry: ListingEntry): string {
  return canonicalListing([entry]).toString();
}
