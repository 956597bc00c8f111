import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileIndex } from "../../src/files/index.ts";
import { packIndex, unpackIndex } from "../../src/files/packed/pack.ts";
import { fileClock } from "../../src/host/files/clock.ts";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { Selection } from "../../src/workspace/snapshot.ts";
import { SnapshotCheck } from "../../src/workspace/snapshot-check.ts";

let root: string;
let check: SnapshotCheck;
let selection: Selection;

const REQUEST = { tasks: ["t"], params: { p: "1" } };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "inc-check-"));
  const directory = join(root, ".inc");
  mkdirSync(directory);
  writeFileSync(join(directory, "generation"), "g");
  writeFileSync(join(directory, "data.mdb"), "records");
  writeFileSync(join(root, "a"), "one");
  const clock = fileClock(join(directory, "clock"));
  const packed = unpackIndex(packIndex([], 0n));
  const index = new FileIndex({ root, files: realFiles, clock, hasher, packed });
  index.pin();
  for (const path of ["a", "b"]) index.identify(path);
  index.settle(1000);
  const { bytes, checks, absent } = index.pack();
  selection = { ...REQUEST, fresh: 1, saved: 0, absent, from: 0, to: checks.length };
  const common = {
    inc: "1",
    workspace: root,
    manifest: "/m",
    machine: "linux-x64",
    generation: "g",
    seq: 0,
    git: [],
    ownsAll: true,
    salt: "",
    env: [],
  };
  const never = (): never => {
    throw new Error("not needed");
  };
  check = new SnapshotCheck(root, directory, {
    header: { ...common, selections: [selection] },
    index: bytes,
    checks,
    graph: never,
    origin: never,
    fresh: never,
    isPartial: false,
    packed: () => ({ tasks: [], packed: { models: [], order: [], whole: [] } }),
    graphBytes: new Uint8Array(),
  });
});

afterEach(() => rmSync(root, { recursive: true }));

function holds(): boolean {
  const { moved, isOfOneMoment } = check.look(selection, check.currentSince() ?? 0n);
  return moved.length === 0 && isOfOneMoment;
}

test("a snapshot holds while nothing has changed", () => {
  expect([check.isCurrent(), holds()]).toEqual([true, true]);
});

test.each([
  ["a file was edited", () => writeFileSync(join(root, "a"), "two")],
  ["a file is gone", () => rmSync(join(root, "a"))],
  ["an absent file appeared", () => writeFileSync(join(root, "b"), "")],
])("a snapshot no longer holds when %s", (_what, change) => {
  change();
  expect(holds()).toBe(false);
});

test("a snapshot is outdated after a commit, and without a store", () => {
  writeFileSync(join(root, ".inc", "generation"), "h");
  expect(check.isCurrent()).toBe(false);
  writeFileSync(join(root, ".inc", "generation"), "g");
  expect(check.isCurrent()).toBe(true);
  writeFileSync(join(root, ".inc", "data.mdb"), "");
  expect(check.isCurrent()).toBe(false);
  rmSync(join(root, ".inc", "data.mdb"));
  expect(check.isCurrent()).toBe(false);
  rmSync(join(root, ".inc", "generation"));
  expect(check.isCurrent()).toBe(false);
});

test("only the same request in the same place finds its selection", () => {
  const place = { workspace: root, manifest: "/m", machine: "linux-x64" };
  expect(check.selectionFor({ ...place, ...REQUEST })).toEqual(selection);
  expect(check.selectionFor({ ...place, ...REQUEST, tasks: [] })).toBeUndefined();
  expect(check.selectionFor({ ...place, ...REQUEST, params: {} })).toBeUndefined();
  expect(check.selectionFor({ ...place, ...REQUEST, manifest: "/other" })).toBeUndefined();
  expect(check.selectionFor({ ...place, ...REQUEST, machine: "linux-arm64" })).toBeUndefined();
});
