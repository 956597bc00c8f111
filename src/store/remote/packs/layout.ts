import { isObject, type JsonObject } from "../../../content/json.ts";
import type { Digest } from "../../../model/digest.ts";
import { field, isDigest, refuse } from "../parse.ts";

/** A blob by its digest, with its size in bytes. */
export interface SizedBlob {
  readonly digest: Digest;
  readonly size: number;
}

/** Small blobs, one after the other, that are compressed together. */
export interface Frame {
  /** Bytes that it takes in its pack. */
  readonly stored: number;
  readonly blobs: readonly SizedBlob[];
}

/** Frames, one after the other, as a blob with a digest of its own. Where each begins is the sum of those before it. */
export interface Pack {
  readonly digest: Digest;
  readonly frames: readonly Frame[];
}

/** Where the small blobs of a result lie. Each that is named in neither way is an object of its own. */
export interface Packing {
  /** In the record itself, one after the other. */
  readonly inline: readonly SizedBlob[];
  readonly packs: readonly Pack[];
}

/** The most bytes of a frame, unpacked: it is unpacked at once, in memory. */
export const LONGEST_FRAME = 4 * 1024 * 1024;

export function sizeOfAll(blobs: readonly { readonly size: number }[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}

/** The fields of a record that say where small blobs lie. */
export function packingPayload({ inline, packs }: Packing): object {
  const pairs = (blobs: readonly SizedBlob[]): unknown => blobs.map(({ digest, size }) => [digest, size]);
  return {
    inline: pairs(inline),
    packs: packs.map(({ digest, frames }) => ({
      digest,
      frames: frames.map(({ stored, blobs }) => ({ stored, blobs: pairs(blobs) })),
    })),
  };
}

/**
 * Reads these fields. As sizes alone say where a blob lies, none can overlap another or lie outside.
 * @param announced Bytes that the whole result has.
 */
export function parsePacking(payload: JsonObject, announced: number): Packing {
  const inline = parseBlobs(field.list(payload, "inline"));
  const packs = field.list(payload, "packs").map(parsePack);
  const all = [...inline, ...packs.flatMap(({ frames }) => frames.flatMap(({ blobs }) => blobs))];
  if (new Set(all.map(({ digest }) => digest)).size < all.length) refuse("packs a blob twice");
  if (sizeOfAll(all) > announced) refuse("packs more bytes than its outputs have");
  return { inline, packs };
}

function parsePack(value: unknown): Pack {
  if (!isObject(value)) return refuse("has a pack of no kind");
  const frames = field.list(value, "frames").map(parseFrame);
  return { digest: field.digest(value, "digest"), frames };
}

function parseFrame(value: unknown): Frame {
  if (!isObject(value)) return refuse("has a pack of no kind");
  const stored = field.count(value, "stored");
  const blobs = parseBlobs(field.list(value, "blobs"));
  // One byte says how the others are written.
  const isUsable = stored > 0 && stored <= LONGEST_FRAME + 1 && sizeOfAll(blobs) <= LONGEST_FRAME;
  return isUsable ? { stored, blobs } : refuse("has a pack of unusable size");
}

function parseBlobs(list: readonly unknown[]): readonly SizedBlob[] {
  return list.map((pair) => {
    const [digest, size] = Array.isArray(pair) ? (pair as unknown[]) : [];
    const isUsable = isDigest(digest) && Number.isSafeInteger(size) && (size as number) >= 0;
    return isUsable ? { digest, size: size as number } : refuse("packs a blob with no usable size or digest");
  });
}
