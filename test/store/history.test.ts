import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasher } from "../../src/host/files/hash.ts";
import type { Fingerprint } from "../../src/model/digest.ts";
import type { AttemptRecord, NewVersion } from "../../src/model/entry.ts";
import type { OpenedStore } from "../../src/store/open.ts";
import { FORMAT, openTables } from "../../src/store/schema.ts";
import type { Store } from "../../src/store/store.ts";
import { openedStore } from "../support/store.ts";

let directory: string;
let opened: OpenedStore;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "inc-history-")), "inc");
  open();
});

afterEach(async () => {
  await opened.close();
  rmSync(join(directory, ".."), { recursive: true, force: true });
});

function open(): Store {
  opened = openedStore(directory);
  return opened.store;
}

const identity = (text: string) => ({ type: "file", digest: hasher.digest(text), executable: false }) as const;
const version = (name: string, text: string, more: Partial<NewVersion> = {}): NewVersion => ({
  name,
  identity: identity(text),
  size: text.length,
  cause: "made",
  time: 1,
  ...more,
});

function record(id: string, files: Record<string, string>, sets: Record<string, string> = {}) {
  return {
    id,
    run: "run",
    manifest: "pipeline.ts",
    task: "t",
    fingerprint: hasher.digest(id) as Fingerprint,
    description: {
      format: 1,
      platform: "x",
      shell: "sh",
      command: [],
      cwd: ".",
      env: {},
      params: {},
      tools: {},
      files: Object.fromEntries(Object.entries(files).map(([path, text]) => [path, identity(text)])),
      sets: Object.fromEntries(Object.entries(sets).map(([label, text]) => [label, hasher.digest(text)])),
      entries: [],
      outputs: [],
      depfiles: [],
    },
    values: ["param:region"],
    objects: {},
    outcome: "ok",
    outputs: [],
    host: "h",
    executor: "local",
    started: 1,
    duration: 7,
    reason: { kind: "new" },
    uncached: false,
  } satisfies Omit<AttemptRecord, "seq">;
}

const commit = (versions: readonly NewVersion[], made?: ReturnType<typeof record>): void => {
  opened.store.commit({ versions, ...(made === undefined ? {} : { record: made }) });
  opened.store.flush();
};

test("versions and records have one sequence; a record comes after what it used and made", () => {
  commit([version("a", "1", { cause: "used" }), version("b", "2")], record("r1", { a: "1" }));
  commit([version("c", "3")]);
  const { history } = opened.store;
  expect(history.seq).toBe(4);
  expect([history.latest("a")?.seq, history.latest("b")?.seq, history.record("r1")?.seq]).toEqual([1, 2, 3]);
  expect([...history.since(0)].map(({ name, seq }) => [name, seq])).toEqual([
    ["a", 1],
    ["b", 2],
    ["c", 4],
  ]);
  expect([...history.since(2)].map(({ name }) => name)).toEqual(["c"]);
});

test("what a record used is the latest before it with that identity, never a side version", () => {
  for (const text of ["A", "B", "A"]) commit([version("x", text, { cause: "used" })]);
  commit([version("x", "A2", { cause: "edited" })]);
  commit([], record("r", { x: "A" }));
  commit([version("x", "B", { cause: "used" })]);
  const { history } = opened.store;
  const seq = history.record("r")?.seq ?? 0;
  expect(history.used("x", identity("A"), seq)?.n).toBe(3);
  expect(history.used("x", identity("B"), seq)?.n).toBe(2);
  expect(history.used("x", identity("A2"), seq)).toBeUndefined();
  expect(history.before("x", seq)?.n).toBe(3);
  expect(history.before("x", 1)).toBeUndefined();
  expect([...history.versions("x")].map(({ n }) => n)).toEqual([5, 4, 3, 2, 1]);
});

test("uses of an object and of a set, between two places of the sequence", () => {
  commit([version("x", "A", { cause: "used" })], record("r1", { x: "A" }, { "*.csv": "root1" }));
  commit([version("x", "B", { cause: "used" })], record("r2", { x: "B" }, { "*.csv": "root2" }));
  const { history } = opened.store;
  const [first, second] = [history.version("x", 1)?.seq ?? 0, history.version("x", 2)?.seq ?? 0];
  expect([...history.uses("x", first, second)].map(({ record }) => record)).toEqual(["r1"]);
  expect([...history.uses("x", second)].map(({ record }) => record)).toEqual(["r2"]);
  expect([...history.uses("param:region", 0)].map(({ record }) => record)).toEqual(["r1", "r2"]);
  expect([...history.setLabels()]).toEqual(["*.csv"]);
  expect([...history.setUses("*.csv", second)].map(({ root }) => root)).toEqual([hasher.digest("root2")]);
});

test("the same made again names the latest attempt beside the first", () => {
  commit([version("o", "1", { record: "r1" })]);
  commit([version("o", "1", { record: "r2" })]);
  expect(opened.store.history.latest("o")).toMatchObject({ n: 1, record: "r1", current: "r2" });
  expect(opened.store.history.version("o", 1)).toEqual(opened.store.history.latest("o"));
  commit([version("o", "1", { record: "r1" })]);
  expect(opened.store.history.latest("o")?.current).toBeUndefined();
});

test("the sequence goes on after a restart", async () => {
  commit([version("a", "1")]);
  await opened.close();
  open();
  commit([version("a", "2")]);
  expect(opened.store.history.latest("a")?.seq).toBe(2);
});

test("a store of an older format is set aside, with a warning", async () => {
  commit([version("a", "1")]);
  await opened.close();
  const tables = openTables(directory, "write");
  tables.meta.putSync("format", FORMAT - 1);
  await tables.root.close();
  const store = open();
  expect(store.warnings.map(({ code }) => code)).toEqual(["INC3008"]);
  expect(store.history.latest("a")).toBeUndefined();
  commit([version("a", "2")]);
  expect(store.history.latest("a")?.n).toBe(1);
  expect(readdirSync(directory).filter((name) => name.startsWith("outdated-"))).toHaveLength(1);
  await opened.close();
  expect(open().warnings).toEqual([]);
});

test("opening a store removes nothing that another process is writing", async () => {
  const writing = join(directory, "tmp", "1-1");
  mkdirSync(join(directory, "tmp"), { recursive: true });
  writeFileSync(writing, "half");
  await opened.close();
  expect(existsSync(writing)).toBe(true);
  open();
});

test("times within a name never run backwards, those of side versions included; another name has times of its own", () => {
  const { store } = opened;
  const times = (name: string): number[] => [...store.history.versions(name)].map(({ time }) => time).reverse();
  store.commit({ versions: [version("path:a", "1", { time: 1000 }), version("path:a", "2", { time: 400 })] });
  store.commit({ versions: [version("path:a", "3", { time: 2000, cause: "edited" })] });
  store.commit({ versions: [version("path:a", "4", { time: 500 }), version("path:b", "1", { time: 500 })] });
  store.flush();
  expect(times("path:a")).toEqual([1000, 1000, 2000, 2000]);
  expect(times("path:b")).toEqual([500]);
  expect(store.history.latest("path:a")?.time).toBe(2000);
});
