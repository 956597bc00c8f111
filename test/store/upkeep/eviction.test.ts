import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonicalListing } from "../../../src/files/listing.ts";
import { realFiles } from "../../../src/host/files/files.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import type { Digest, Fingerprint } from "../../../src/model/digest.ts";
import type { NewVersion } from "../../../src/model/entry.ts";
import { type OpenedStore, openStore } from "../../../src/store/open.ts";
import type { Store } from "../../../src/store/store.ts";
import { type BlobState, planEviction } from "../../../src/store/upkeep/eviction.ts";

const DAY = 86_400_000;

describe("the plan", () => {
  const NOW = 100 * DAY;
  const blob = (digest: string, more: Partial<BlobState> = {}): BlobState => ({
    digest: digest as Digest,
    size: 10,
    versions: [`${digest}@1`],
    superseded: false,
    cost: 1,
    used: NOW,
    ...more,
  });
  const names = (blobs: readonly BlobState[], limits: Parameters<typeof planEviction>[1]) =>
    planEviction(blobs, limits, NOW).map(({ blob: { digest }, reason }) => `${digest}: ${reason}`);

  test("least valuable first: cheap to make, long not used; what no task can make again last", () => {
    const blobs = [
      blob("dear", { cost: 100 }),
      blob("source", { cost: Number.POSITIVE_INFINITY, used: 0 }),
      blob("cheap", { cost: 0.1 }),
      blob("old", { cost: 100, used: NOW - 99 * DAY }),
      blob("edit", { cost: Number.POSITIVE_INFINITY }),
    ];
    const order = ["cheap", "old", "dear", "source", "edit"].map((name) => `${name}: least valuable`);
    expect(names(blobs, { maxSize: 0 })).toEqual(order);
    expect(names(blobs, { maxSize: 29 })).toEqual(order.slice(0, 3));
    expect(names(blobs, { maxSize: 50 })).toEqual([]);
  });

  test("protected ones never go, and count", () => {
    const blobs = [
      blob("a", { protection: "pinned", superseded: true, used: 0 }),
      blob("b", { protection: "latest" }),
      blob("c"),
    ];
    expect(names(blobs, { maxSize: 0, olderThan: 1, keepVersions: 1 })).toEqual(["c: least valuable"]);
    expect(names(blobs, { maxSize: 20 })).toEqual(["c: least valuable"]);
  });

  test("what the limits name, and what nothing refers to", () => {
    const blobs = [
      blob("orphan", { versions: [], cost: 0 }),
      blob("log", { versions: [], cost: 0.1 }),
      blob("second", { superseded: true }),
      blob("stale", { used: NOW - 31 * DAY }),
    ];
    expect(names(blobs, {})).toEqual(["orphan: unreferenced"]);
    expect(names(blobs, { olderThan: 30 * DAY, keepVersions: 1 })).toEqual([
      "orphan: unreferenced",
      "second: superseded",
      "stale: old",
    ]);
  });
});

describe("in a store", () => {
  let directory: string;
  let opened: OpenedStore;
  let store: Store;

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), "inc-evict-")), "inc");
    const result = openStore(directory, { files: realFiles, hasher });
    if (!result.ok) throw new Error("no store");
    opened = result.value;
    store = opened.store;
  });

  afterEach(async () => {
    await opened.close();
    rmSync(join(directory, ".."), { recursive: true, force: true });
  });

  const file = (digest: Digest) => ({ type: "file", digest, executable: false }) as const;
  const version = (name: string, digest: Digest, more: Partial<NewVersion> = {}): NewVersion => ({
    name,
    identity: file(digest),
    size: 1,
    cause: "made",
    time: 1,
    ...more,
  });
  /** Small ones lie in the table, those from 64 KiB up in files. */
  const bytes = (letter: string, size: number): Digest => store.blobs.putBytes(Buffer.alloc(size, letter));
  const commit = (...versions: NewVersion[]): void => {
    store.commit({ versions });
    store.flush();
  };

  test.each([10, 100_000])("the latest, the pinned and the owned stay, superseded ones go (%i bytes)", (size) => {
    const [a, b, c, d] = ["a", "b", "c", "d"].map((letter) => bytes(letter, size)) as [Digest, Digest, Digest, Digest];
    commit(version("x", a), version("x", b), version("x", c), version("y", d), version("y", c));
    expect(store.upkeep.pin("x", 2, 1)).toBe(true);
    expect(store.upkeep.pin("x", 2, 1)).toBe(false);
    store.commit({ owned: [{ path: "w", identity: file(d), manifest: "m", task: "t" }] });
    store.flush();
    const { evictions } = store.upkeep.evict({ limits: { maxSize: 0 }, now: 2 });
    expect(evictions.map(({ blob }) => blob.versions)).toEqual([["x@1"]]);
    expect([a, b, c, d].map((digest) => store.blobs.has(digest))).toEqual([false, true, true, true]);
    expect(store.upkeep.pins("x")).toEqual([2]);
    expect([store.upkeep.unpin("x", 2), store.upkeep.unpin("x", 2)]).toEqual([true, false]);
    store.upkeep.evict({ limits: { maxSize: 0 }, now: 2 });
    expect(store.blobs.has(b)).toBe(false);
    expect(store.history.version("x", 1)?.identity).toEqual(file(a));
  });

  test("what a directory holds lives as long as the directory", () => {
    const inside = bytes("i", 100_000);
    const listing = canonicalListing([{ path: "f", type: "file", digest: inside, executable: false, size: 100_000 }]);
    const digest = store.blobs.putBytes(listing);
    commit(version("dir", digest, { identity: { type: "directory", digest } }));
    store.upkeep.evict({ limits: { maxSize: 0 }, now: 2 });
    expect([store.blobs.has(digest), store.blobs.has(inside)]).toEqual([true, true]);
    commit(version("dir", bytes("z", 1)));
    store.upkeep.evict({ limits: { keepVersions: 1 }, now: 2 });
    expect([store.blobs.has(digest), store.blobs.has(inside)]).toEqual([false, false]);
  });

  test("published versions stay as their object says", () => {
    const digests = ["1", "2", "3", "4"].map((letter) => bytes(letter, 10));
    store.flush();
    for (const digest of digests)
      store.publish({ name: "object:o", identity: file(digest), size: 10, time: 1, keep: 2 });
    store.upkeep.evict({ limits: { maxSize: 0 }, now: 2 });
    expect(digests.map((digest) => store.blobs.has(digest))).toEqual([false, false, true, true]);
  });

  test("dearer to make stays longer; orphans and lost logs go", () => {
    const [cheap, dear, orphan] = ["c", "d", "o"].map((letter) => bytes(letter, 1000)) as [Digest, Digest, Digest];
    const entry = (digest: Digest, duration: number) => ({
      fingerprint: digest as Fingerprint,
      outputs: [{ name: "", path: "p", identity: file(digest), size: 1000 }],
      duration,
      record: "r",
    });
    store.commit({ entry: entry(cheap, 10), versions: [version("p", cheap)] });
    store.commit({ entry: entry(dear, 10_000), versions: [version("p", dear), version("p", bytes("n", 1))] });
    store.flush();
    const { evictions } = store.upkeep.evict({ limits: { maxSize: 1500 }, now: 2 });
    expect(evictions.map(({ blob, reason }) => [blob.digest, reason])).toEqual([
      [orphan, "unreferenced"],
      [cheap, "least valuable"],
    ]);
  });

  test("a writer whose bytes were evicted on the way learns it, and nothing is published", () => {
    const digest = bytes("x", 100_000);
    store.flush();
    store.upkeep.evict({ limits: {}, now: 2 });
    const published = store.publish({ name: "object:o", identity: file(digest), size: 1, time: 1, keep: "all" });
    expect(published).toEqual({ kind: "lost" });
    expect(store.history.count("object:o")).toBe(0);
    writeFileSync(join(directory, "again"), Buffer.alloc(100_000, "x"));
    expect(store.blobs.putFile(join(directory, "again"), digest, true)).toBe(true);
    expect(store.publish({ name: "object:o", identity: file(digest), size: 1, time: 1, keep: "all" }).kind).toBe(
      "published",
    );
  });
});
