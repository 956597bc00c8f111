import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CachedGraph } from "../../src/graph/cached.ts";
import { objectName } from "../../src/model/object-name.ts";
import type { OpenedStore } from "../../src/store/open.ts";
import { Publications } from "../../src/watch/publications.ts";
import { openedStore } from "../support/store.ts";

const PIPELINE = { graph: { objects: [{ name: "rates" }] } } as unknown as CachedGraph;

let directory: string;
let opened: OpenedStore;
let publications: Publications;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "inc-publications-"));
  opened = openedStore(directory);
  publications = new Publications(directory, new AbortController().signal);
});

afterEach(async () => {
  await opened.close();
  rmSync(directory, { recursive: true, force: true });
});

function publish(text: string): void {
  const { store } = opened;
  const digest = store.blobs.putBytes(Buffer.from(text));
  const identity = { type: "file", digest, executable: false } as const;
  store.publish({ name: objectName("object", "rates"), identity, size: text.length, keep: "all" });
}

test("a publication during a run is seen at its end", () => {
  publish("1");
  expect(publications.runBegins(opened.store, PIPELINE)).toEqual([]);
  publish("2");
  expect([publications.runEnds(), publications.isBehind]).toEqual([true, false]);
  expect(publications.runBegins(opened.store, PIPELINE)).toEqual(["rates@2"]);
  expect([publications.runEnds(), publications.isBehind]).toEqual([false, false]);
});

test("a publication between the end of a run and the closing of its store is noticed afterwards", () => {
  publish("1");
  publications.runBegins(opened.store, PIPELINE);
  expect(publications.runEnds()).toBe(false);
  publish("2");
  publications.closed();
  expect(publications.isBehind).toBe(true);
});

test("a publication whose commit is under way when a run ends is noticed afterwards", () => {
  publish("1");
  publications.runBegins(opened.store, PIPELINE);
  // A put writes this before it commits.
  writeFileSync(join(directory, "generation"), "of a commit under way\n");
  expect(publications.runEnds()).toBe(false);
  publications.closed();
  expect(publications.isBehind).toBe(true);
});

test("a run that did not come to its end uses its store no more", async () => {
  publish("1");
  publications.runBegins(opened.store, PIPELINE);
  await opened.close();
  publications.closed();
  expect([publications.cameDuring(), publications.isBehind]).toEqual([false, false]);
  opened = openedStore(directory);
});
