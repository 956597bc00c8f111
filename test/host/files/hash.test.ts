import { expect, test } from "vitest";
import { nativeHasher, portableHasher } from "../../../src/host/files/hash.ts";
import type { Hasher } from "../../../src/host/files/host.ts";

/** Official test vectors of BLAKE3 (test_vectors.json of its reference): input length → first 32 bytes of the hash. */
const VECTORS: readonly (readonly [number, string])[] = [
  [0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
  [1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
  [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
  [1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"],
  [31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"],
];

/** The input of the test vectors: bytes that count up to 250, over and over. */
function input(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i += 1) bytes[i] = i % 251;
  return bytes;
}

function inPieces(hasher: Hasher, bytes: Uint8Array, piece: number): string {
  const hash = hasher.incremental();
  for (let at = 0; at < bytes.length; at += piece) hash.update(bytes.subarray(at, at + piece));
  return hash.digest();
}

const HASHERS = [
  ["native", nativeHasher()],
  ["portable", portableHasher()],
] as const;

test.each(HASHERS)("the %s hasher agrees with the official vectors", (_name, hasher) => {
  for (const [length, digest] of VECTORS) {
    expect(hasher.digest(input(length))).toBe(digest);
    expect(inPieces(hasher, input(length), 1000)).toBe(digest);
  }
});

test("both hashers agree from 0 B to 16 MiB, in one update and in many", () => {
  const [[, native], [, portable]] = HASHERS;
  for (const length of [0, 1, 63, 64, 65, 1023, 65_535, 65_536, 65_537, 2 ** 20, 2 ** 20 + 1, 3_000_001, 2 ** 24]) {
    const bytes = input(length);
    const digest = native.digest(bytes);
    expect(portable.digest(bytes), `${length} bytes at once`).toBe(digest);
    expect(inPieces(portable, bytes, length), `${length} bytes in one update`).toBe(digest);
    expect(inPieces(native, bytes, 70_001), `${length} bytes in many updates`).toBe(digest);
    expect(inPieces(portable, bytes, 70_001), `${length} bytes in many updates`).toBe(digest);
  }
});

test("text is digested as its UTF-8", () => {
  for (const [, hasher] of HASHERS) expect(hasher.digest("ünï 日本")).toBe(hasher.digest(Buffer.from("ünï 日本")));
});
