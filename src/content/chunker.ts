import { hasher } from "../host/files/hash.ts";

/** Bytes: no chunk but the last of a blob is smaller. */
export const MIN_CHUNK = 16_384;
export const AVG_CHUNK = 65_536;
/** Bytes: no chunk is larger. */
export const MAX_CHUNK = 262_144;

/**
 * Normalised chunking, level 2: two bits more than log2 of the average before the average, two fewer behind it. The bits
 * are the highest of the hash: what a byte adds moves up with every later byte, so that they look back on up to 32 of them.
 */
const HARD = (-1 << (32 - 18)) | 0;
const EASY = (-1 << (32 - 14)) | 0;

let table: Int32Array | undefined;

/** 256 numbers: the first 32 bits of the BLAKE3 of `inc gear N`. Stored chunks are shared only while it stays the same. */
function gear(): Int32Array {
  table ??= Int32Array.from({ length: 256 }, (_, byte) =>
    Number.parseInt(hasher.digest(`inc gear ${byte}`).slice(0, 8), 16),
  );
  return table;
}

/**
 * Cuts bytes where their content says, so that a change moves only the cuts near it: FastCDC (Xia et al., 2016), with a
 * hash of 32 bits. Each cut depends on at most `MAX_CHUNK` bytes behind the one before.
 * @returns Start (included) and end (excluded) of each chunk, in order; none for no bytes.
 */
export function* chunkRanges(bytes: Uint8Array): IterableIterator<readonly [start: number, end: number]> {
  for (let start = 0; start < bytes.length; ) {
    const end = nextCut(bytes, start, gear());
    yield [start, end];
    start = end;
  }
}

function nextCut(bytes: Uint8Array, start: number, numbers: Int32Array): number {
  const left = bytes.length - start;
  if (left <= MIN_CHUNK) return bytes.length;
  const middle = start + Math.min(left, AVG_CHUNK);
  const last = start + Math.min(left, MAX_CHUNK);
  let hash = 0;
  let at = start + MIN_CHUNK;
  for (; at < middle; at += 1) {
    hash = ((hash << 1) + (numbers[bytes[at] as number] as number)) | 0;
    if ((hash & HARD) === 0) return at + 1;
  }
  for (; at < last; at += 1) {
    hash = ((hash << 1) + (numbers[bytes[at] as number] as number)) | 0;
    if ((hash & EASY) === 0) return at + 1;
  }
  return last;
}
