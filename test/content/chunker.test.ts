import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkRanges, MAX_CHUNK, MIN_CHUNK } from "../../src/content/chunker.ts";
import { hasher } from "../../src/host/files/hash.ts";

/** The same bytes for the same seed, everywhere. */
function stream(seed: number, size: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(seed);
  return createCipheriv("aes-128-ctr", Buffer.alloc(16), iv).update(Buffer.alloc(size));
}

const chunksOf = (bytes: Buffer): Buffer[] => [...chunkRanges(bytes)].map(([start, end]) => bytes.subarray(start, end));
const digestsOf = (bytes: Buffer): string[] => chunksOf(bytes).map((chunk) => hasher.digest(chunk));

/** Noise, with runs of one byte in it. */
const anyBytes = fc
  .array(fc.tuple(fc.nat(1000), fc.nat(400_000), fc.boolean()), { maxLength: 4 })
  .map((parts) =>
    Buffer.concat(parts.map(([seed, size, same]) => (same ? Buffer.alloc(size, seed % 256) : stream(seed, size)))),
  );

test("chunks follow each other and are the whole; only the last one is small, none is large", () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const ranges = [...chunkRanges(bytes)];
      expect(ranges.map(([start]) => start)).toEqual([0, ...ranges.map(([, end]) => end)].slice(0, ranges.length));
      expect(ranges.at(-1)?.[1] ?? 0).toBe(bytes.length);
      for (const [start, end] of ranges) expect(end - start).toBeLessThanOrEqual(MAX_CHUNK);
      for (const [start, end] of ranges.slice(0, -1)) expect(end - start).toBeGreaterThanOrEqual(MIN_CHUNK);
    }),
    { numRuns: 60 },
  );
});

test("an insertion, a removal or an overwriting changes the chunks around it only", () => {
  const bytes = stream(7, 8_000_000);
  const before = new Set(digestsOf(bytes));
  fc.assert(
    fc.property(fc.nat(bytes.length), fc.nat(300), fc.nat(300), (at, removed, inserted) => {
      const changed = Buffer.concat([bytes.subarray(0, at), stream(at + 8, inserted), bytes.subarray(at + removed)]);
      expect(digestsOf(changed).filter((digest) => !before.has(digest)).length).toBeLessThanOrEqual(12);
    }),
    { numRuns: 25 },
  );
});

test("the end of a chunk depends on no more bytes than the largest chunk has", () => {
  const bytes = stream(3, 1_000_000);
  for (const [start, end] of chunkRanges(bytes)) {
    if (start + MAX_CHUNK > bytes.length) break;
    expect([...chunkRanges(bytes.subarray(start, start + MAX_CHUNK))][0]?.[1]).toBe(end - start);
  }
});

test("the cuts of a known stream stay where they are, and are about 64 KiB apart", () => {
  const ranges = [...chunkRanges(stream(1, 20_000_000))];
  expect(ranges.slice(0, 8).map(([, end]) => end)).toMatchInlineSnapshot(`
    [
      67156,
      139085,
      208572,
      265618,
      345790,
      419924,
      521885,
      599358,
    ]
  `);
  const average = 20_000_000 / ranges.length;
  expect(average).toBeGreaterThan(55_000);
  expect(average).toBeLessThan(90_000);
});
