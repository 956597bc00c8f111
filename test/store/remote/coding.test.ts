import { randomBytes } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { decode, encodeLarge, encodeSmall } from "../../../src/store/remote/coding.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function gather(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of stream) all.push(piece);
  return Buffer.concat(all);
}

const TEXT = Buffer.from("to be compressed ".repeat(20_000));
const NOISE = randomBytes(300_000);

test.each([
  ["empty", Buffer.alloc(0)],
  ["one byte", Buffer.of(1)],
  ["text", TEXT],
  ["noise", NOISE],
])("small and large forms give back the bytes: %s", async (_, bytes) => {
  for (const size of [1000, 65_536]) {
    expect(await gather(decode(pieces(encodeSmall(bytes), size), bytes.length))).toEqual(bytes);
    for (const compress of [true, false]) {
      const encoded = await gather(encodeLarge(pieces(bytes, size), compress));
      expect(await gather(decode(pieces(encoded, size), bytes.length))).toEqual(bytes);
    }
  }
});

test("only what becomes shorter is compressed", () => {
  expect(encodeSmall(TEXT).length).toBeLessThan(TEXT.length / 10);
  expect(encodeSmall(NOISE).length).toBe(NOISE.length + 1);
});

test("a bomb is refused after the announced bytes, not after all of them", async () => {
  const bomb = Buffer.concat([Buffer.of(1), zstdCompressSync(Buffer.alloc(256 * 1024 * 1024))]);
  expect(bomb.length).toBeLessThan(32 * 1024);
  let given = 0;
  const refused = (async () => {
    for await (const bytes of decode(pieces(bomb, 1024), 1000)) given += bytes.length;
  })();
  await expect(refused).rejects.toMatchObject({ trouble: "damaged", message: expect.stringContaining("more bytes") });
  expect(given).toBe(0);
});

test.each([
  ["fewer bytes", Buffer.concat([Buffer.of(0), NOISE.subarray(1)])],
  ["nothing", Buffer.alloc(0)],
  ["an unknown first byte", Buffer.concat([Buffer.of(7), NOISE])],
  ["no zstd", Buffer.concat([Buffer.of(1), NOISE])],
  ["half of a frame", Buffer.concat([Buffer.of(1), zstdCompressSync(NOISE).subarray(0, 100_000)])],
])("%s is damaged", async (_, stored) => {
  await expect(gather(decode(pieces(stored, 4096), NOISE.length))).rejects.toMatchObject({ trouble: "damaged" });
});

test("what goes wrong with the source is what is thrown", async () => {
  async function* failing(): AsyncIterable<Uint8Array> {
    yield Buffer.from(TEXT);
    throw new Error("the disk is gone");
  }
  for (const compress of [true, false])
    await expect(gather(encodeLarge(failing(), compress))).rejects.toThrow("the disk is gone");
});
