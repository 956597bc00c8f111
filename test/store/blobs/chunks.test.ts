import { spawnSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonicalListing } from "../../../src/files/listing.ts";
import type { Digest } from "../../../src/model/digest.ts";
import type { NewVersion } from "../../../src/model/entry.ts";
import type { OpenedStore } from "../../../src/store/open.ts";
import type { Tables } from "../../../src/store/schema.ts";
import type { Store } from "../../../src/store/store.ts";
import { openedStore, withinTables } from "../../support/store.ts";

const SIZE = 3_000_000;
const ALL = Number.POSITIVE_INFINITY;
const KILLED = fileURLToPath(new URL("compact-killed.ts", import.meta.url));

let directory: string;
let opened: OpenedStore;
let store: Store;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "inc-chunks-")), "inc");
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
async function tamper(work: (tables: Tables) => void): Promise<void> {
  await opened.close();
  await withinTables(directory, work);
  open();
}

/** Noise that differs in ten bytes from one `n` to the next. */
function variant(n: number, size = SIZE): Buffer {
  const bytes = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(size));
  bytes.fill(n, 1_000_000, 1_000_010);
  return bytes;
}

const file = (digest: Digest) => ({ type: "file", digest, executable: false }) as const;
const pathOf = (digest: Digest): string => join(directory, "blobs", digest.slice(0, 2), digest.slice(2));

function commit(name: string, bytes: Buffer, more: Partial<NewVersion> = {}): Digest {
  const digest = store.blobs.putBytes(bytes);
  const version = { name, identity: file(digest), size: bytes.length, cause: "made", time: 1, ...more } as const;
  store.commit({ versions: [version] });
  store.flush();
  return digest;
}

/** Restores it and gives what came. */
function restored(digest: Digest, mode = 0o640): Buffer | undefined {
  const destination = join(directory, "../restored");
  rmSync(destination, { force: true });
  if (!store.blobs.restore(digest, destination, mode)) return undefined;
  expect(statSync(destination).mode & 0o700).toBe(mode & 0o700);
  return readFileSync(destination);
}

test("superseded versions share what they have in common, and come back byte for byte; the latest stays a file", async () => {
  const digests = [1, 2, 3, 4].map((n) => commit("a", variant(n)));
  const done = store.upkeep.compact(ALL);
  expect([done.blobs, done.before]).toEqual([3, 3 * SIZE]);
  expect(done.after).toBeGreaterThan(SIZE);
  expect(done.after).toBeLessThan(SIZE + 2 * 600_000);
  expect(digests.map((digest) => existsSync(pathOf(digest)))).toEqual([false, false, false, true]);
  await opened.close();
  open();
  for (const [index, digest] of digests.entries()) {
    expect(store.blobs.has(digest)).toBe(true);
    expect(store.blobs.read(digest)?.equals(variant(index + 1))).toBe(true);
    expect(restored(digest)?.equals(variant(index + 1))).toBe(true);
  }
  expect(store.upkeep.compact(ALL)).toEqual({ blobs: 0, before: 0, after: 0 });
});

test("a blob in chunks is not stored as a file again", () => {
  const digest = commit("a", variant(1));
  commit("a", variant(2));
  store.upkeep.compact(ALL);
  expect(store.blobs.putBytes(variant(1))).toBe(digest);
  expect(existsSync(pathOf(digest))).toBe(false);
});

test("what is compressible takes less", () => {
  const bytes = Buffer.from("a line of text\n".repeat(200_000));
  const digest = commit("a", bytes);
  commit("a", variant(1));
  const { after } = store.upkeep.compact(ALL);
  expect(after).toBeLessThan(bytes.length / 100);
  expect(store.blobs.read(digest)?.equals(bytes)).toBe(true);
});

test("a blob larger than what is in memory at once is cut like any other", () => {
  const large = variant(1, 20_000_000);
  const digest = commit("a", large);
  commit("b", Buffer.concat([Buffer.from("before"), large]));
  commit("a", variant(2));
  commit("b", variant(2));
  const { after } = store.upkeep.compact(ALL);
  expect(after).toBeLessThan(20_000_000 + 1_500_000);
  expect(restored(digest)?.equals(large)).toBe(true);
});

test("small ones, what a name has as its latest, and what is in the workspace stay files", () => {
  const small = commit("a", variant(1).subarray(0, 1_048_575));
  const shared = commit("a", variant(2));
  const owned = commit("a", variant(3));
  const orphan = store.blobs.putBytes(variant(4));
  commit("a", variant(5));
  commit("b", variant(2));
  store.commit({ owned: [{ path: "w", identity: file(owned), manifest: "m", task: "t" }] });
  store.flush();
  expect(store.upkeep.compact(ALL).blobs).toBe(0);
  for (const digest of [small, shared, owned, orphan]) expect(existsSync(pathOf(digest))).toBe(true);
});

test("files of a superseded directory become chunks", () => {
  const inside = store.blobs.putBytes(variant(1));
  const listing = canonicalListing([{ path: "f", type: "file", digest: inside, executable: false, size: SIZE }]);
  const identity = { type: "directory", digest: store.blobs.putBytes(listing) } as const;
  commit("dir", listing, { identity });
  commit("dir", variant(2));
  expect(store.upkeep.compact(ALL).blobs).toBe(1);
  expect(store.blobs.read(inside)?.equals(variant(1))).toBe(true);
});

test("one call compacts a bounded number of bytes; the next goes on with newer blobs", () => {
  const digests = [1, 2, 3].map((n) => commit("a", variant(n), { time: n * 1e13 }));
  const wholes = (): boolean[] => digests.map((digest) => existsSync(pathOf(digest)));
  expect(store.upkeep.compact(SIZE - 1).blobs).toBe(0);
  expect(store.upkeep.compact(SIZE).blobs).toBe(1);
  expect(wholes()).toEqual([false, true, true]);
  expect(store.upkeep.compact(2 * SIZE).blobs).toBe(1);
  expect(wholes()).toEqual([false, false, true]);
});

describe("a crash", () => {
  test.each(["within", "between"])("%s the transaction and the end of the file loses nothing", async (moment) => {
    const digest = commit("a", variant(1));
    commit("a", variant(2));
    await opened.close();
    const node = process.execPath;
    const killed = spawnSync(node, [KILLED, directory, digest, pathOf(digest), moment], { encoding: "utf8" });
    expect([killed.signal, killed.stderr]).toEqual(["SIGKILL", ""]);
    open();
    expect(existsSync(pathOf(digest))).toBe(true);
    expect(store.blobs.read(digest)?.equals(variant(1))).toBe(true);
    const done = store.upkeep.compact(ALL);
    expect([done.blobs, done.after > 0]).toEqual([1, moment === "within"]);
    expect(existsSync(pathOf(digest))).toBe(false);
    expect(restored(digest)?.equals(variant(1))).toBe(true);
  });
});

describe("damage", () => {
  test("a damaged file is dropped, not taken into chunks", () => {
    const digest = commit("a", variant(1));
    commit("a", variant(2));
    rmSync(pathOf(digest));
    writeFileSync(pathOf(digest), variant(3));
    expect(store.upkeep.compact(ALL)).toEqual({ blobs: 0, before: 0, after: 0 });
    expect(store.blobs.has(digest)).toBe(false);
  });

  test.each(["changed", "gone", "not to be unpacked"])(
    "a chunk that is %s: the blob is missing until it is stored again",
    async (how) => {
      const digest = commit("a", variant(1));
      const other = commit("a", variant(2));
      commit("a", variant(3));
      store.upkeep.compact(ALL);
      await tamper(({ chunks, chunked }) => {
        const [first] = chunked.get(digest)?.chunks[0] ?? [];
        if (first === undefined) throw new Error("no chunk");
        if (how === "gone") chunks.removeSync(first);
        else chunks.putSync(first, Buffer.from(how === "changed" ? "\0changed" : "\x01no zstd"));
      });
      expect(restored(digest)).toBeUndefined();
      expect(store.blobs.read(other)).toBeUndefined();
      expect([digest, other].map((lost) => store.blobs.has(lost))).toEqual([false, false]);
      store.blobs.putBytes(variant(1));
      expect(store.upkeep.compact(ALL).blobs).toBe(1);
      expect(store.blobs.read(digest)?.equals(variant(1))).toBe(true);
    },
  );

  test("a damaged chunk does not replace the same bytes of another blob", async () => {
    const digest = commit("a", variant(1));
    const other = commit("a", variant(2));
    commit("a", variant(3));
    const later = commit("b", variant(2));
    store.upkeep.compact(SIZE);
    await tamper(({ chunks, chunked }) => {
      const [first] = chunked.get(digest)?.chunks[0] ?? [];
      chunks.putSync(first ?? "", Buffer.from("\0changed"));
    });
    commit("b", variant(3));
    expect(other).toBe(later);
    expect(store.upkeep.compact(ALL).blobs).toBe(1);
    expect([digest, other].map((each) => store.blobs.read(each) !== undefined)).toEqual([true, true]);
  });

  test("the doctor finds it and drops it", async () => {
    const digest = commit("a", variant(1));
    commit("a", variant(2));
    store.upkeep.compact(ALL);
    expect(store.upkeep.checkUp()).toEqual([]);
    await tamper(({ chunks }) => {
      for (const key of [...chunks.getKeys({ limit: 1 })]) chunks.putSync(key, Buffer.from("\0changed"));
    });
    expect(store.upkeep.checkUp()).toEqual([{ kind: "damaged-blob", subject: digest, repaired: true }]);
    expect(store.blobs.has(digest)).toBe(false);
  });
});

test("eviction takes the chunks that no other blob needs, and counts shared ones in parts", async () => {
  const [first, second] = [commit("a", variant(1)), commit("a", variant(2))];
  commit("a", variant(3));
  const { after } = store.upkeep.compact(ALL);
  const chunked = store.upkeep.blobs().filter(({ where }) => where === "chunks");
  expect(chunked.map(({ digest }) => digest).sort()).toEqual([first, second].sort());
  expect(Math.abs(chunked.reduce((sum, { size }) => sum + size, 0) - after)).toBeLessThanOrEqual(2);
  store.upkeep.pin("a", 1, 1);
  expect(store.upkeep.evict({ limits: { maxSize: 0 }, now: 2 }).evictions.map(({ blob }) => blob.digest)).toEqual([
    second,
  ]);
  expect(store.blobs.read(first)?.equals(variant(1))).toBe(true);
  store.upkeep.unpin("a", 1);
  store.upkeep.evict({ limits: { maxSize: 0 }, now: 2 });
  expect(store.blobs.has(first)).toBe(false);
  await tamper(({ chunks }) => expect([...chunks.getKeys()]).toEqual([]));
});
