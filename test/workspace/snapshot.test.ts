import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readSnapshot, type SnapshotContent, writeSnapshot } from "../../src/workspace/snapshot.ts";

let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "inc-snapshot-")), "snapshot");
});

afterEach(() => rmSync(join(path, ".."), { recursive: true }));

const CONTENT: SnapshotContent = {
  header: {
    inc: "1",
    workspace: "/w",
    manifest: "/w/pipeline.ts",
    machine: "m",
    generation: "g",
    seq: 0,
    ownsAll: true,
    git: [],
    salt: "",
    selections: [],
    env: [["A", null]],
  },
  index: new Uint8Array([1, 2, 3]),
  graph: {
    manifest: "pipeline.ts",
    config: {},
    tasks: [],
    sets: [],
    params: [],
    envs: [],
    tools: [],
    objects: [],
    warnings: [],
  },
  origin: {
    reads: { modules: ["/w/pipeline.ts"], packages: [], params: [], env: [], listings: [], repeatable: true },
    digests: { "/w/pipeline.ts": null },
  },
  fresh: null,
  checks: new Uint32Array([7, 8]),
};

test("a written snapshot is read back", () => {
  writeSnapshot(path, CONTENT);
  const snapshot = readSnapshot(path, "1");
  expect(snapshot?.header).toEqual(CONTENT.header);
  expect([...(snapshot?.index ?? [])]).toEqual([1, 2, 3]);
  expect(snapshot?.graph()).toEqual(CONTENT.graph);
  expect(snapshot?.origin()).toEqual(CONTENT.origin);
  expect(snapshot?.fresh()).toBeNull();
  expect([...(snapshot?.checks ?? [])]).toEqual([7, 8]);
});

test("a snapshot of another version of inc is not read", () => {
  writeSnapshot(path, CONTENT);
  expect(readSnapshot(path, "2")).toBeUndefined();
});

test("a snapshot with a flipped bit or a missing end is not read", () => {
  writeSnapshot(path, CONTENT);
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length; at += 1) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] as number) ^ 1;
    writeFileSync(path, damaged);
    expect(readSnapshot(path, "1"), `byte ${at}`).toBeUndefined();
    writeFileSync(path, bytes.subarray(0, at));
    expect(readSnapshot(path, "1"), `${at} bytes`).toBeUndefined();
  }
});

test("a missing snapshot is not read", () => {
  expect(readSnapshot(path, "1")).toBeUndefined();
});
