import type { Digest } from "../../model/digest.ts";
import type { Entry } from "../../model/entry.ts";
import type { Blobs } from "../blobs/blobs.ts";
import type { SizedBlob } from "./packs/layout.ts";
import { checkListing, refuse } from "./parse.ts";
import type { FoundResult } from "./shared-record.ts";

/**
 * The most that the directories of a result may list, in bytes and in entries. A look-up checks all of that, some 8 µs an entry, and a
 * record of a few KiB could otherwise announce millions, whose files would then have to be made.
 */
const LONGEST_LISTINGS = 32 * 1024 * 1024;
const MOST_ENTRIES = 200_000;

type Sizes = Readonly<Record<string, number>>;

/** True for the path of an output whose files count. */
type Counts = (path: string) => boolean;

const ALL: Counts = () => true;

/** Every blob that a result names itself, each once: files, listings, and the log. @param sizes Of the last two. */
export function namedBlobs({ outputs, log }: Entry, sizes: Sizes, counts = ALL): readonly SizedBlob[] {
  const wanted = new Map<Digest, SizedBlob>();
  let listed = 0;
  for (const { path, identity, size } of outputs) {
    if (identity.type === "symlink" || (identity.type === "file" && !counts(path))) continue;
    const { digest } = identity;
    const ofListing = identity.type === "file" ? 0 : (sizes[digest] ?? refuse("has no size of a listing"));
    listed += ofListing;
    if (listed > LONGEST_LISTINGS) refuse(`has listings of more than ${LONGEST_LISTINGS} bytes`);
    wanted.set(digest, { digest, size: identity.type === "file" ? size : ofListing });
  }
  if (log !== undefined) wanted.set(log, { digest: log, size: sizes[log] ?? refuse("has no size of its log") });
  return [...wanted.values()];
}

/** The files that its directories list, each once. */
export function listedBlobs({ outputs }: Entry, blobs: Pick<Blobs, "read">, counts = ALL): readonly SizedBlob[] {
  const wanted = new Map<Digest, SizedBlob>();
  let entries = 0;
  for (const artifact of outputs) {
    if (artifact.identity.type !== "directory") continue;
    const bytes = blobs.read(artifact.identity.digest) ?? refuse("has a listing that cannot be read");
    const listing = checkListing(bytes, artifact, MOST_ENTRIES - entries);
    entries += listing.length;
    for (const file of counts(artifact.path) ? listing : [])
      if (file.type === "file") wanted.set(file.digest, { digest: file.digest, size: file.size });
  }
  return [...wanted.values()];
}

/** The objects that a shared result needs beside its record: packs, and blobs that lie alone. @param blobs Has its listings. */
export function objectsOf({ entry, sizes, packing }: FoundResult, blobs: Pick<Blobs, "read">): readonly Digest[] {
  const { inline, packs } = packing;
  const packed = [...inline, ...packs.flatMap(({ frames }) => frames.flatMap((frame) => frame.blobs))];
  const elsewhere = new Set(packed.map(({ digest }) => digest));
  const all = [...namedBlobs(entry, sizes), ...listedBlobs(entry, blobs)].map(({ digest }) => digest);
  return [...new Set([...packs.map(({ digest }) => digest), ...all.filter((digest) => !elsewhere.has(digest))])];
}
