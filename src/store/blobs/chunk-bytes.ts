import { readSync } from "node:fs";
import { chunkRanges, MAX_CHUNK } from "../../content/chunker.ts";

/** First byte of a stored chunk: the encoding of the rest. */
const RAW = 0;
const ZSTD = 1;

/** Bytes of a file that are in memory at once while it is cut. */
const WINDOW = 16 * MAX_CHUNK;

/** The chunks of an open file, each good until the next is asked for. */
export function* cutFile(file: number): IterableIterator<Buffer> {
  const window = Buffer.allocUnsafe(WINDOW);
  let filled = 0;
  for (let ended = false; !ended || filled > 0; ) {
    while (!ended && filled < WINDOW) {
      const read = readSync(file, window, filled, WINDOW - filled, null);
      ended = read === 0;
      filled += read;
    }
    let done = 0;
    for (const [start, end] of chunkRanges(window.subarray(0, filled))) {
      // The bytes that follow could move this cut.
      if (!ended && filled - start < MAX_CHUNK) break;
      yield window.subarray(start, end);
      done = end;
    }
    window.copyWithin(0, done, filled);
    filled -= done;
  }
}

/** As it is stored: compressed where that is shorter. */
export function pack(bytes: Buffer): Buffer {
  // Loaded here: commands that only read do without.
  const { zstdCompressSync } = process.getBuiltinModule("node:zlib");
  const smaller = zstdCompressSync(bytes);
  return smaller.length < bytes.length
    ? Buffer.concat([Buffer.of(ZSTD), smaller])
    : Buffer.concat([Buffer.of(RAW), bytes]);
}

/** Undefined: these are no bytes that `pack` gave. */
export function unpack(packed: Buffer): Buffer | undefined {
  if (packed[0] === RAW) return packed.subarray(1);
  const { zstdDecompressSync } = process.getBuiltinModule("node:zlib");
  try {
    return zstdDecompressSync(packed.subarray(1), { maxOutputLength: MAX_CHUNK });
  } catch {
    return undefined;
  }
}
