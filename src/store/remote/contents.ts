import type { Digest } from "../../model/digest.ts";
import type { Entry } from "../../model/entry.ts";
import type { Blobs } from "../blobs/blobs.ts";
import type { SizedBlob } from "./packs/layout.ts";
import { checkListing, refuse } from "./parse.ts";
import type { FoundResult } from "./shared-record.ts";

/** A listing that is larger is no directory that a task makes, in bytes. */
const LONGEST_LISTING = 256 * 1024 * 1024;

type Sizes = Readonly<Record<string, number>>;

/** True for the path of an output whose files count. */
type Counts = (path: string) => boolean;

const ALL: Counts = () => true;

/** Every blob that a result names itself, each once: files, listings, and the log. @param sizes Of the last two. */
export function namedBlobs({ outputs, log }: Entry, sizes: Sizes, counts = ALL): readonly SizedBlob[] {
  const wanted = new Map<Digest, SizedBlob>();
  for (const { path, identity, size } of outputs) {
    if (identity.type === "symlink" || (identity.type === "file" && !counts(path))) continue;
    const { digest } = identity;
    wanted.set(digest, { digest, size: identity.type === "file" ? size : listingSize(sizes[digest]) });
  }
  if (log !== undefined) wanted.set(log, { digest: log, size: sizes[log] ?? refuse("has no size of its log") });
  return [...wanted.values()];
}

function listingSize(size: number | undefined): number {
  if (size === undefined || size > LONGEST_LISTING) return refuse("has no usable size of a listing");
  return size;
}

/** The files that its directories list, each once. */
export function listedBlobs({ outputs }: Entry, blobs: Pick<Blobs, "read">, counts = ALL): readonly SizedBlob[] {
  const wanted = new Map<Digest, SizedBlob>();
  for (const artifact of outputs) {
    if (artifact.identity.type !== "directory") continue;
    const bytes = blobs.read(artifact.identity.digest) ?? refuse("has a listing that cannot be read");
    const listing = checkListing(bytes, artifact);
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
