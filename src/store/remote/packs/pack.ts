import type { Hasher } from "../../../host/files/host.ts";
import type { Digest } from "../../../model/digest.ts";
import { SMALL_BLOB } from "../../blobs/blobs.ts";
import { encodeApart, encodeSmall } from "../coding.ts";
import { type Frame, type Pack, type SizedBlob, sizeOfAll } from "./layout.ts";

/** What fits into so many bytes, compressed, lies in the record: a request of its own takes longer than these do. */
const INLINE = 16 * 1024;
/** More is not compressed only to see whether it fits. */
const TRIED = 64 * 1024;
/** A log up to this size lies in the record anyway: it differs each time, and a pack of outputs alone may be there already. */
const INLINE_LOG = 4096;
/** A listing or a log is packed up to this size, in bytes. */
const LONGEST_TEXT = 1024 * 1024;
/** A frame is closed once it holds so many bytes: more compress hardly better, and each missing blob brings its frame. */
const FRAME = 128 * 1024;
/** A pack is closed once its frames hold so many bytes: it is in memory as a whole while it goes up. */
const PACK = 8 * 1024 * 1024;

/** How the blobs of a result are to be stored. */
export interface PackPlan {
  readonly inline: readonly SizedBlob[];
  /** The blobs of each frame of each pack. */
  readonly packs: readonly (readonly (readonly SizedBlob[])[])[];
  /** Objects of their own, which other results may share. */
  readonly alone: readonly SizedBlob[];
}

/** A result whose blobs are to be stored. */
export interface Packable {
  /** Each once, in an order that follows from the outputs alone: so the same outputs make the same packs. */
  readonly contents: readonly SizedBlob[];
  readonly log: Digest | undefined;
  /** Listings and the log. */
  isText(digest: Digest): boolean;
  read(digest: Digest): Buffer;
}

/** Decides which blobs lie in the record, which are packed, and which are objects of their own. */
export function planPacks(result: Packable): PackPlan {
  const { small = [], alone = [] } = Object.groupBy(result.contents, ({ digest, size }) =>
    size < SMALL_BLOB || (size < LONGEST_TEXT && result.isText(digest)) ? "small" : "alone",
  );
  const inline = inlined(small, result);
  const rest = small.filter((blob) => !inline.includes(blob));
  // One alone takes one request in either way.
  if (rest.length < 2) return { inline, packs: [], alone: [...rest, ...alone] };
  const frames = grouped(rest, FRAME, ({ size }) => size);
  return { inline, packs: grouped(frames, PACK, sizeOfAll), alone };
}

function inlined(small: readonly SizedBlob[], { log, read }: Packable): readonly SizedBlob[] {
  const size = sizeOfAll(small);
  const fits =
    size <= INLINE ||
    (size <= TRIED && encodeSmall(Buffer.concat(small.map(({ digest }) => read(digest)))).length <= INLINE);
  return fits ? small : small.filter((blob) => blob.digest === log && blob.size <= INLINE_LOG);
}

function grouped<T>(items: readonly T[], enough: number, sizeOf: (item: T) => number): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let size = enough;
  for (const item of items) {
    if (size >= enough) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(item);
    size += sizeOf(item);
  }
  return groups;
}

/** Makes a pack of the blobs of each frame, with its bytes in pieces. */
export async function makePack(
  frames: readonly (readonly SizedBlob[])[],
  read: Packable["read"],
  hasher: Hasher,
): Promise<Pack & { readonly pieces: readonly Buffer[] }> {
  const hash = hasher.incremental();
  const made: Frame[] = [];
  const pieces: Buffer[] = [];
  try {
    for (const blobs of frames) {
      const piece = await encodeApart(Buffer.concat(blobs.map(({ digest }) => read(digest))));
      hash.update(piece);
      pieces.push(piece);
      made.push({ stored: piece.length, blobs });
    }
  } catch (error) {
    // Ends the hasher, which may hold memory that is not collected.
    hash.digest();
    throw error;
  }
  return { digest: hash.digest(), frames: made, pieces };
}
