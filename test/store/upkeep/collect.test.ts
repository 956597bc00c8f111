import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { realFiles } from "../../../src/host/files/files.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import { openStore } from "../../../src/store/open.ts";
import { collectWhenDue, WEIGHED_SLOT } from "../../../src/store/upkeep/collect.ts";

test("over the limit all that can be is compacted first, and nothing goes when that does not help", async () => {
  const directory = mkdtempSync(join(tmpdir(), "inc-gc-"));
  const opened = openStore(directory, { files: realFiles, hasher });
  if (!opened.ok) throw new Error("no store");
  const { store } = opened.value;
  const publish = (name: string, bytes: Buffer, cause: "put" | "made", time: number): void => {
    const identity = { type: "file", digest: store.blobs.putBytes(bytes), executable: false } as const;
    store.commit({ versions: [{ name, identity, size: bytes.length, cause, time }] });
    store.flush();
  };
  const noise = randomBytes(2_000_000);
  // More at once than a run that is below the limit takes.
  for (let i = 0; i < 80; i += 1) publish("object:o", Buffer.concat([Buffer.from(`${i}`), noise]), "put", i);
  for (let i = 0; i < 3; i += 1) publish("made", randomBytes(10_000), "made", i);
  const due = (limit: number): ReturnType<typeof collectWhenDue> => {
    store.exchange(WEIGHED_SLOT, () => ({ set: undefined }));
    return collectWhenDue(store, () => undefined, limit);
  };
  const held = (): number => store.upkeep.blobs().reduce((sum, { size }) => sum + size, 0);
  expect(held()).toBeGreaterThan(160_000_000);
  expect(due(50_000_000)).toBeUndefined();
  expect(held()).toBeLessThan(50_000_000);
  const rest = held();
  expect(due(1_000_000)).toMatchObject({ limit: 1_000_000, held: rest, evictions: [] });
  expect(held()).toBe(rest);
  expect(due(rest - 1)?.evictions.flatMap(({ blob }) => blob.versions)).toEqual([expect.stringMatching(/^made@[12]$/)]);
  await opened.value.close();
  rmSync(directory, { recursive: true, force: true });
});

test("a run turns large superseded blobs into chunks, when that is due", async () => {
  const directory = mkdtempSync(join(tmpdir(), "inc-gc-"));
  const opened = openStore(directory, { files: realFiles, hasher });
  if (!opened.ok) throw new Error("no store");
  const { store } = opened.value;
  const put = (byte: number): void => {
    const digest = store.blobs.putBytes(Buffer.alloc(1_100_000, byte));
    const identity = { type: "file", digest, executable: false } as const;
    store.commit({ versions: [{ name: "big", identity, size: 1_100_000, cause: "made", time: byte }] });
    store.flush();
  };
  const chunked = (): number => store.upkeep.blobs().filter(({ where }) => where === "chunks").length;
  put(1);
  put(2);
  collectWhenDue(store, () => undefined);
  expect(chunked()).toBe(1);
  put(3);
  collectWhenDue(store, () => undefined);
  expect(chunked()).toBe(1);
  // A clock that goes back makes the next weighing due at once.
  store.exchange(WEIGHED_SLOT, () => ({ set: Date.now() + 3_600_000 }));
  collectWhenDue(store, () => undefined);
  expect(chunked()).toBe(2);
  await opened.value.close();
  rmSync(directory, { recursive: true, force: true });
});
