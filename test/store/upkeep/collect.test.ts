import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { realFiles } from "../../../src/host/files/files.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import { openStore } from "../../../src/store/open.ts";
import { collectWhenDue } from "../../../src/store/upkeep/collect.ts";

test("a run keeps large superseded blobs as chunks, when that is due", async () => {
  const directory = mkdtempSync(join(tmpdir(), "inc-gc-"));
  const opened = openStore(directory, { files: realFiles, hasher });
  if (!opened.ok) throw new Error("no store");
  const { store } = opened.value;
  const put = (byte: number): void => {
    const digest = store.putBytes(Buffer.alloc(1_100_000, byte));
    const identity = { type: "file", digest, executable: false } as const;
    store.commit({ versions: [{ name: "big", identity, size: 1_100_000, cause: "made", time: byte }] });
    store.flush();
  };
  const chunked = (): number => store.upkeep.blobs().filter(({ where }) => where === "chunks").length;
  put(1);
  put(2);
  collectWhenDue(store);
  expect(chunked()).toBe(1);
  put(3);
  collectWhenDue(store);
  expect(chunked()).toBe(1);
  // Of a clock that goes back nobody waits for the end.
  store.exchange("weighed", () => ({ set: Date.now() + 3_600_000 }));
  collectWhenDue(store);
  expect(chunked()).toBe(2);
  await opened.value.close();
  rmSync(directory, { recursive: true, force: true });
});
