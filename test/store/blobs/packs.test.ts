import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Digest } from "../../../src/model/digest.ts";
import type { OpenedStore } from "../../../src/store/open.ts";
import type { Tables } from "../../../src/store/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import { openedStore, withinTables } from "../../support/store.ts";

let directory: string;
let opened: OpenedStore;
let store: Store;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "inc-packs-")), "inc");
  open();
});

afterEach(async () => {
  await opened.close();
  rmSync(join(directory, ".."), { recursive: true, force: true });
});

function open(): void {
  opened = openedStore(directory);
  store = opened.store;
}

/** Works on the tables while no store is open, and opens it again. */
async function within<T>(work: (tables: Tables) => T): Promise<T> {
  await opened.close();
  const result = await withinTables(directory, work);
  open();
  return result;
}

/** The packs of the store: how many, and the bytes that they take. */
const packs = (): Promise<{ count: number; bytes: number }> =>
  within((tables) => {
    const all = [...tables.packs.getRange()];
    return { count: all.length, bytes: all.reduce((sum, { value }) => sum + value.length, 0) };
  });

/** Commits blobs together. */
function put(blobs: readonly Buffer[]): readonly Digest[] {
  const digests = blobs.map((bytes) => store.blobs.putBytes(bytes));
  store.flush();
  return digests;
}

/** Makes blobs the latest versions of names of their own: no eviction takes them. */
function retain(digests: readonly Digest[]): void {
  store.commit({
    versions: digests.map((digest) => ({
      name: digest,
      identity: { type: "file", digest, executable: false },
      size: 1,
      cause: "made",
      time: 1,
    })),
  });
  store.flush();
}

const noise = (count: number, size: number): readonly Buffer[] =>
  Array.from({ length: count }, () => randomBytes(size));
const texts = (count: number): readonly Buffer[] =>
  Array.from({ length: count }, (_, i) => Buffer.from(`export const value${i} = ${i};\n`.repeat(70)));
const evict = () => store.upkeep.evict({ limits: {}, now: 2 });

test("what is committed together shares compressed packs, and comes back from another process", async () => {
  const blobs = [...texts(200), Buffer.alloc(0), ...noise(3, 60_000)];
  const digests = put(blobs);
  const size = blobs.reduce((sum, { length }) => sum + length, 0);
  const { count, bytes } = await packs();
  expect(count).toBeGreaterThan(1);
  expect(bytes).toBeLessThan(size / 2);
  expect(digests.every((digest, i) => store.blobs.read(digest)?.equals(blobs[i] as Buffer))).toBe(true);
  const all = store.upkeep.blobs();
  expect(all.map(({ digest }) => digest).sort()).toEqual([...digests].sort());
  expect(all.every(({ where }) => where === "table")).toBe(true);
  // Each counts with its share of a pack.
  expect(Math.abs(store.upkeep.size() - bytes)).toBeLessThan(blobs.length);
  expect(store.upkeep.checkUp()).toEqual([]);
});

test("one that is committed alone, and a few tiny ones, lie in no pack", async () => {
  const digests = [...put(noise(1, 60_000)), ...put(noise(3, 20))];
  expect((await packs()).count).toBe(0);
  expect(digests.every((digest) => store.blobs.read(digest) !== undefined)).toBe(true);
});

test("more than may wait in memory is committed ahead of what names it", async () => {
  const blobs = noise(100, 50_000);
  const digests = blobs.map((bytes) => store.blobs.putBytes(bytes));
  expect(digests.every((digest, i) => store.blobs.read(digest)?.equals(blobs[i] as Buffer))).toBe(true);
  // As a crash would leave it.
  await opened.close();
  open();
  const left = digests.filter((digest) => store.blobs.has(digest));
  expect(left.length).toBeGreaterThan(80);
  expect(left.length).toBeLessThan(100);
  expect(
    evict()
      .evictions.map(({ blob }) => blob.digest)
      .sort(),
  ).toEqual([...left].sort());
});

test("a pack that is mostly dead makes room, and what is alive in it moves", async () => {
  const blobs = noise(200, 2000);
  const digests = put(blobs);
  const kept = digests.filter((_, i) => i % 4 === 0);
  retain(kept);
  const before = await packs();
  expect(evict().evictions.length).toBe(150);
  expect(digests.map((digest) => store.blobs.has(digest))).toEqual(digests.map((_, i) => i % 4 === 0));
  expect(kept.every((digest, i) => store.blobs.read(digest)?.equals(blobs[4 * i] as Buffer))).toBe(true);
  const after = await packs();
  expect(after.bytes).toBeLessThan(before.bytes / 3);
  expect(after.count).toBe(1);
  expect(kept.every((digest, i) => store.blobs.read(digest)?.equals(blobs[4 * i] as Buffer))).toBe(true);
  expect(store.upkeep.checkUp()).toEqual([]);
});

test("a pack that is mostly alive stays as it is until more of it goes", async () => {
  const digests = put(noise(50, 2000));
  retain(digests.slice(10));
  const before = await packs();
  expect(evict().evictions.length).toBe(10);
  expect(await packs()).toEqual(before);
  await within(({ objects }) => {
    for (const digest of digests) objects.removeSync(digest);
  });
  expect(evict().evictions.length).toBe(40);
  expect(await packs()).toEqual({ count: 0, bytes: 0 });
});

test.each([
  [
    "flipped",
    (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 99), Buffer.of(~(bytes[99] as number)), bytes.subarray(100)]),
  ],
  ["truncated", (bytes: Buffer) => bytes.subarray(0, 50)],
  ["gone", () => undefined],
])("what a %s pack no longer holds is as good as none, and may be stored again", async (_how, damage) => {
  const blobs = noise(50, 2000);
  const digests = put(blobs);
  await within(({ packs: table }) => {
    const damaged = damage(table.get(1) as Buffer);
    if (damaged === undefined) table.removeSync(1);
    else table.putSync(1, damaged);
  });
  const first = digests[0] as Digest;
  const target = join(directory, "../restored");
  expect(store.blobs.restore(first, target, 0o644)).toBe(false);
  expect(store.blobs.has(first)).toBe(false);
  put([blobs[0] as Buffer]);
  const lost = digests.slice(1).filter((digest) => store.blobs.read(digest) === undefined);
  const found = store.upkeep.checkUp();
  expect(found.map(({ subject }) => subject).sort()).toEqual([...lost].sort());
  expect(found.every(({ kind, repaired }) => kind === "damaged-blob" && repaired)).toBe(true);
  expect(store.blobs.read(first)?.equals(blobs[0] as Buffer)).toBe(true);
  expect(store.upkeep.checkUp()).toEqual([]);
});

test("a damaged one that came alone is stored again, too", async () => {
  const [digest] = put([Buffer.from("right")]) as [Digest];
  await within(({ blobs }) => blobs.putSync(digest, Buffer.from("wrong")));
  expect(store.blobs.read(digest)).toBeUndefined();
  put([Buffer.from("right"), ...noise(5, 2000)]);
  expect(store.blobs.read(digest)?.toString()).toBe("right");
  expect(store.upkeep.checkUp()).toEqual([]);
});

test("no text that is no digest is found", () => {
  put(noise(5, 2000));
  for (const text of ["", "..", "no digest", `${"0".repeat(64)}ff`])
    expect(store.blobs.has(text as Digest)).toBe(false);
});
