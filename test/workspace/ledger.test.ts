import { expect, test } from "vitest";
import type { Digest } from "../../src/model/digest.ts";
import type { Owned } from "../../src/model/entry.ts";
import type { Task } from "../../src/model/graph.ts";
import { Ledger } from "../../src/workspace/ledger.ts";

const MANIFEST = "pipeline.ts";

function owned(path: string, task: string): Owned {
  const identity = { type: "file", digest: "0" as Digest, executable: false } as const;
  return { path, task, manifest: MANIFEST, identity } as Owned;
}

/** A graph of tasks that make one file each, of their name. */
function graph(...ids: readonly string[]) {
  const tasks = ids.map(
    (id) => ({ id, outputs: [{ name: "", path: id, type: "file" }], depfiles: [] }) as unknown as Task,
  );
  return { manifest: MANIFEST, tasks };
}

/** A ledger that owns these, and how often all of it was read. */
function ledger(...paths: readonly string[]) {
  const all = new Map(paths.map((path) => [path, owned(path, path)]));
  const counts = { all: 0 };
  const store = {
    allOwned: () => {
      counts.all += 1;
      return [...all.values()];
    },
    owned: (path: string) => {
      const found = all.get(path);
      return found && { ...found };
    },
  };
  return { ledger: new Ledger(store), counts };
}

function paths(list: readonly Owned[]): readonly string[] {
  return list.map(({ path }) => path);
}

test("what is stale by a graph that follows from the last one is told without reading all", () => {
  const { ledger: one, counts } = ledger("a", "b", "c");
  one.holdsOnly(graph("a", "b", "c", "never-made"));
  const next = graph("a", "c", "d");
  expect(paths(one.stale(next))).toEqual(["b"]);
  expect(paths(one.stale(next))).toEqual(["b"]);
  one.set(owned("d", "d"));
  // A unit that comes and goes in one run.
  const last = graph("a", "c");
  expect(paths(one.stale(last))).toEqual(["b", "d"]);
  one.delete("b");
  expect(paths(one.stale(last))).toEqual(["d"]);
  expect(one.isOnlyOf(last)).toBe(false);
  one.delete("d");
  expect(one.isOnlyOf(last)).toBe(true);
  expect(counts.all).toBe(0);
});

test("the whole ledger says the same", () => {
  const { ledger: one, counts } = ledger("a", "b", "c");
  expect(paths(one.stale(graph("a", "c", "d")))).toEqual(["b"]);
  one.set(owned("d", "d"));
  expect(paths(one.stale(graph("a", "c")))).toEqual(["b", "d"]);
  expect(counts.all).toBe(1);
});

test("what patterns do not match in a graph that follows from the last one is told without reading all", () => {
  const { ledger: one, counts } = ledger("a", "b", "c", "d");
  const before = graph("a", "b", "c", "d", "never-made");
  one.holdsOnly(before);
  // As an update leaves them: tasks that stay are the same objects.
  const next = [...before.tasks.filter(({ id }) => id === "a" || id === "d"), ...graph("e").tasks];
  one.set(owned("f", "f"));
  one.delete("c");
  const claims = one.claims(next);
  expect(["a", "b", "c", "d", "e", "f", "never-made"].filter((path) => claims.has(path))).toEqual([
    "a",
    "b",
    "d",
    "e",
    "f",
  ]);
  const counted = one.claims([], ({ path }) => path !== "b");
  expect(["a", "b", "c", "d", "e", "f"].filter((path) => counted.has(path))).toEqual(["a", "d", "f"]);
  expect(counts.all).toBe(0);
});

test("where thousands of tasks are others, all of the ledger is read at once", () => {
  const many = Array.from({ length: 5000 }, (_, i) => `${i}`);
  const { ledger: one, counts } = ledger(...many);
  one.holdsOnly(graph(...many, "never-made"));
  const claims = one.claims([]);
  expect([claims.has("0"), claims.has("4999"), claims.has("never-made")]).toEqual([true, true, false]);
  expect(paths(one.stale(graph(...many.slice(2))))).toEqual(["0", "1"]);
  expect(counts.all).toBe(1);
});
