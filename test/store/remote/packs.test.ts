import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../../src/content/json.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import type { Digest } from "../../../src/model/digest.ts";
import type { OpenedStore } from "../../../src/store/open.ts";
import { packingPayload, parsePacking, type SizedBlob } from "../../../src/store/remote/packs/layout.ts";
import { makePack, type PackPlan, planPacks } from "../../../src/store/remote/packs/pack.ts";
import { missingSpan, unpackFrames } from "../../../src/store/remote/packs/unpack.ts";
import { openedStore } from "../../support/store.ts";

const content = new Map<Digest, Buffer>();

/** A blob that can be read. */
function blob(bytes: Buffer): SizedBlob {
  const digest = hasher.digest(bytes);
  content.set(digest, bytes);
  return { digest, size: bytes.length };
}

const read = (digest: Digest): Buffer => content.get(digest) as Buffer;
const noise = (size: number): SizedBlob => blob(randomBytes(size));
const text = (size: number): SizedBlob => blob(Buffer.alloc(size, `${content.size} `));

function plan(contents: readonly SizedBlob[], texts: readonly SizedBlob[] = [], log?: SizedBlob): PackPlan {
  const isText = (digest: Digest): boolean => [...texts, log].some((other) => other?.digest === digest);
  return planPacks({ contents: log === undefined ? contents : [...contents, log], log: log?.digest, isText, read });
}

describe("where the blobs of a result lie", () => {
  test("what fits into a few KiB, compressed, lies in the record", () => {
    const few = [noise(8000), noise(8000), text(0)];
    expect(plan(few)).toEqual({ inline: few, packs: [], alone: [] });
    const shrinks = [text(30_000), text(30_000)];
    expect(plan(shrinks)).toEqual({ inline: shrinks, packs: [], alone: [] });
  });

  test("more of them are packed, but for the log, which differs each time", () => {
    const many = Array.from({ length: 100 }, () => noise(4000));
    const log = text(100);
    const { inline, packs, alone } = plan(many, [], log);
    expect({ inline, alone }).toEqual({ inline: [log], alone: [] });
    expect(packs).toHaveLength(1);
    expect(packs[0]?.flat()).toEqual(many);
    expect(packs[0]?.length).toBeGreaterThan(2);
  });

  test("a lone one that does not fit, and large ones, are objects of their own; long listings are packed", () => {
    const lone = noise(40_000);
    const large = noise(70_000);
    expect(plan([lone, large])).toEqual({ inline: [], packs: [], alone: [lone, large] });
    const listing = noise(200_000);
    expect(plan([listing, lone, large], [listing])).toEqual({
      inline: [],
      packs: [[[listing], [lone]]],
      alone: [large],
    });
  });

  test("a pack does not grow without end", () => {
    const many = Array.from({ length: 300 }, () => noise(60_000));
    const { packs } = plan(many);
    for (const frames of packs) expect(frames.flat().length * 60_000).toBeLessThan(9 * 1024 * 1024);
    expect(packs.flat(2)).toEqual(many);
  });
});

describe("a pack", () => {
  let directory: string;
  let opened: OpenedStore;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "inc-packs-"));
    opened = openedStore(directory);
  });

  afterEach(async () => {
    await opened.close();
    rmSync(directory, { recursive: true });
  });

  async function* pieces(bytes: Buffer, size: number): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  async function made(count: number) {
    const many = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? noise(5000) : text(5000)));
    const pack = await makePack(plan(many).packs[0] ?? [], read, hasher);
    return { many, ...pack, bytes: Buffer.concat(pack.pieces) };
  }

  test("gives back its blobs, in whatever pieces it comes", async () => {
    const { many, frames, bytes, digest } = await made(90);
    expect(hasher.digest(bytes)).toBe(digest);
    expect(bytes.length).toBe(frames.reduce((sum, { stored }) => sum + stored, 0));
    for (const size of [1000, 70_000, bytes.length]) {
      await unpackFrames(pieces(bytes, size), frames, opened.store.blobs);
      for (const { digest: of } of many) expect(opened.store.blobs.read(of)?.equals(read(of))).toBe(true);
    }
  });

  test("is read from the first frame with a missing blob to the last one", async () => {
    const { frames, bytes, ...pack } = await made(150);
    const { blobs } = opened.store;
    expect(missingSpan({ ...pack, frames }, blobs)).toEqual({ from: 0, frames });
    for (const [i, frame] of frames.entries())
      if (i !== 2 && i !== 3) for (const { digest } of frame.blobs) blobs.putBytes(read(digest));
    const span = missingSpan({ ...pack, frames }, blobs);
    const from = (frames[0]?.stored ?? 0) + (frames[1]?.stored ?? 0);
    expect(span).toEqual({ from, frames: frames.slice(2, 4) });
    await unpackFrames(pieces(bytes.subarray(from), 10_000), span?.frames ?? [], blobs);
    expect(missingSpan({ ...pack, frames }, blobs)).toBeUndefined();
  });

  test("with a wrong byte anywhere gives no blob that is wrong, and is damaged", async () => {
    const { many, frames, bytes } = await made(60);
    const { blobs } = opened.store;
    for (let at = 0; at < bytes.length; at += 7919) {
      const wrong = Buffer.from(bytes);
      wrong[at] = (wrong[at] ?? 0) ^ 0x10;
      await expect(unpackFrames(pieces(wrong, 50_000), frames, blobs)).rejects.toMatchObject({ trouble: "damaged" });
    }
    for (const { digest } of many) expect(blobs.read(digest)?.equals(read(digest)) ?? true).toBe(true);
  });

  test("that is cut off anywhere is damaged", async () => {
    const { frames, bytes } = await made(60);
    for (let length = 0; length < bytes.length; length += 20_011) {
      const cut = unpackFrames(pieces(bytes.subarray(0, length), 50_000), frames, opened.store.blobs);
      await expect(cut).rejects.toMatchObject({ trouble: "damaged" });
    }
  });

  test("whose frame announces fewer bytes than it unpacks to is not unpacked further", async () => {
    const bomb = await makePack([[text(2_000_000)]], read, hasher);
    const lying = bomb.frames.map((frame) => ({ ...frame, blobs: [{ ...(frame.blobs[0] as SizedBlob), size: 10 }] }));
    const refused = unpackFrames(pieces(Buffer.concat(bomb.pieces), 1000), lying, opened.store.blobs);
    await expect(refused).rejects.toMatchObject({ trouble: "damaged" });
  });
});

describe("an index that lies is refused", () => {
  const [one, two] = [noise(10), noise(20)] as const;
  const packing = { inline: [one], packs: [{ digest: noise(5).digest, frames: [{ stored: 15, blobs: [two] }] }] };
  const sound = JSON.parse(JSON.stringify(packingPayload(packing))) as JsonObject;

  test("the sound one is not", () => {
    expect(parsePacking(sound, 30)).toEqual(packing);
  });

  test.each<[string, Json, string]>([
    ["no index", { packs: [] }, 'has no usable "inline"'],
    ["packs of no kind", { inline: [], packs: [7] }, "of no kind"],
    [
      "a digest twice",
      {
        inline: [
          [one.digest, 10],
          [one.digest, 10],
        ],
        packs: [],
      },
      "twice",
    ],
    ["2^53 bytes", { inline: [[one.digest, 2 ** 53]], packs: [] }, "no usable size"],
    ["bytes below zero", { inline: [[one.digest, -1]], packs: [] }, "no usable size"],
    ["half a byte", { inline: [[one.digest, 0.5]], packs: [] }, "no usable size"],
    ["a digest of no kind", { inline: [["../../etc/passwd", 1]], packs: [] }, "no usable size or digest"],
    ["more than the outputs", { inline: [[one.digest, 31]], packs: [] }, "more bytes than its outputs have"],
    ["an empty frame", framed(0, [two.digest, 20]), "unusable size"],
    ["a frame without end", framed(2 ** 53, [two.digest, 20]), 'has no usable "stored"'],
    ["a long frame", framed(5 * 1024 * 1024, [two.digest, 20]), "unusable size"],
    ["a frame of long blobs", framed(10, [two.digest, 5 * 1024 * 1024]), "unusable size"],
  ])("with %s", (_, fields, why) => {
    const parse = (): unknown => parsePacking(fields as JsonObject, 30);
    expect(parse).toThrow(expect.objectContaining({ trouble: "damaged", message: expect.stringContaining(why) }));
  });

  function framed(stored: number, pair: readonly [string, number]): Json {
    return { inline: [], packs: [{ digest: one.digest, frames: [{ stored, blobs: [pair] }] }] };
  }
});
