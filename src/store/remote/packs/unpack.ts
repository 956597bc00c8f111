import type { Digest } from "../../../model/digest.ts";
import { type BlobSink, SMALL_BLOB } from "../../blobs/blobs.ts";
import { RemoteError } from "../backends/backend.ts";
import { decodeSmall } from "../coding.ts";
import { type Frame, type Pack, type SizedBlob, sizeOfAll } from "./layout.ts";

/** Frames of a pack that follow each other. */
export interface Span {
  /** Where the first of them begins in the pack, in bytes. */
  readonly from: number;
  readonly frames: readonly Frame[];
}

/**
 * From the first frame that holds a missing blob to the last one; undefined: there is none.
 * @param wanted Others are not missed; absent: all are wanted.
 */
export function missingSpan({ frames }: Pack, blobs: BlobSink, wanted?: ReadonlySet<Digest>): Span | undefined {
  // For small ones the disk need not be asked.
  const isHere = ({ digest, size }: SizedBlob): boolean =>
    wanted?.has(digest) === false || (size < SMALL_BLOB ? blobs.hasSmall(digest) : blobs.has(digest));
  const isMissing = ({ blobs: held }: Frame): boolean => !held.every(isHere);
  const first = frames.findIndex(isMissing);
  if (first < 0) return undefined;
  const from = frames.slice(0, first).reduce((sum, { stored }) => sum + stored, 0);
  return { from, frames: frames.slice(first, frames.findLastIndex(isMissing) + 1) };
}

/** Takes the blobs of frames as their bytes come. What follows the last frame is not read. */
export async function unpackFrames(
  stored: AsyncIterable<Uint8Array>,
  frames: readonly Frame[],
  into: BlobSink,
): Promise<void> {
  let pieces: Uint8Array[] = [];
  let gathered = 0;
  let done = 0;
  for await (const piece of stored) {
    pieces.push(piece);
    gathered += piece.length;
    for (let frame = frames[done]; frame !== undefined && gathered >= frame.stored; frame = frames[done]) {
      const bytes = Buffer.concat(pieces);
      takeBlobs(decodeSmall(bytes.subarray(0, frame.stored), sizeOfAll(frame.blobs)), frame.blobs, into);
      pieces = [bytes.subarray(frame.stored)];
      gathered -= frame.stored;
      done += 1;
    }
    // A whole pack ends by itself, which leaves its connection to be used again.
    if (done === frames.length && gathered > 0) return;
  }
  if (done < frames.length) throw new RemoteError("damaged", "gave a pack that is cut off");
}

/** Takes blobs that lie one after the other. Each counts only if its bytes are those of its digest. */
export function takeBlobs(bytes: Buffer, blobs: readonly SizedBlob[], into: BlobSink): void {
  if (bytes.length !== sizeOfAll(blobs)) throw new RemoteError("damaged", "gave other bytes than its record announces");
  let at = 0;
  for (const { digest, size } of blobs) {
    if (!into.putIfSound(bytes.subarray(at, at + size), digest))
      throw new RemoteError("damaged", "gave other bytes than it was asked for");
    at += size;
  }
}
