import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { Digest, Fingerprint } from "../../src/model/digest.ts";
import type { AttemptRecord, Version } from "../../src/model/entry.ts";
import { type OpenedStore, openStore } from "../../src/store/open.ts";
import { openTables } from "../../src/store/schema.ts";
import type { Store } from "../../src/store/store.ts";

let directory: string;
let opened: OpenedStore | undefined;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "inc-store-")), "inc");
});

afterEach(async () => {
  await opened?.close();
  opened = undefined;
  rmSync(join(directory, ".."), { recursive: true, force: true });
});

function open(): Store {
  const result = openStore(directory, { files: realFiles, hasher });
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join());
  opened = result.value;
  return opened.store;
}

async function reopen(): Promise<Store> {
  await opened?.close();
  return open();
}

type NewRecord = Omit<AttemptRecord, "seq">;

const fingerprint = (text: string): Fingerprint => hasher.digest(text) as Fingerprint;
const identity = (text: string) => ({ type: "file", digest: hasher.digest(text), executable: false }) as const;
const entry = (text: string) => ({ fingerprint: fingerprint(text), outputs: [], duration: 5, record: "r1" });

function record(id: string, more: Partial<NewRecord> = {}): NewRecord {
  return {
    id,
    run: "run",
    manifest: "pipeline.ts",
    task: "t",
    fingerprint: fingerprint(id),
    description: {
      format: 1,
      platform: "x",
      shell: "sh",
      command: [],
      cwd: ".",
      env: {},
      params: {},
      tools: {},
      files: {},
      sets: {},
      entries: [],
      outputs: [],
      depfiles: [],
    },
    values: [],
    objects: {},
    outcome: "ok",
    outputs: [],
    host: "h",
    executor: "local",
    started: 1,
    duration: 7,
    reason: { kind: "new" },
    uncached: false,
    ...more,
  };
}

test("what is committed and flushed is there after a restart; what is only committed is not", async () => {
  const store = open();
  store.commit({ entry: entry("kept") });
  store.flush();
  store.commit({ entry: entry("lost") });
  expect(store.entry(fingerprint("lost"))).toEqual(entry("lost"));
  const again = await reopen();
  expect(again.entry(fingerprint("kept"))).toEqual(entry("kept"));
  expect(again.entry(fingerprint("lost"))).toBeUndefined();
});

test("the generation changes before the first commit of a process", async () => {
  const first = open();
  const before = first.generation;
  first.commit({ run: { id: "1", manifest: "m", started: 1, argv: [] } });
  first.flush();
  const after = first.generation;
  expect(after).not.toBe(before);
  const second = await reopen();
  second.commit({ run: { id: "2", manifest: "m", started: 1, argv: [] } });
  second.flush();
  expect(second.generation).not.toBe(after);
});

test("records of a task, newest first, failures among them; its duration is that of the latest success", () => {
  const store = open();
  store.commit({ record: record("a1", { duration: 10 }) });
  store.commit({ record: record("a2", { duration: 20 }) });
  store.commit({ record: record("a3", { outcome: "failed", duration: 30 }) });
  store.commit({ record: record("a4", { task: "other", duration: 40 }) });
  store.flush();
  expect(store.history.records("pipeline.ts", "t", 2).map(({ id }) => id)).toEqual(["a3", "a2"]);
  expect(store.history.latestRecord("pipeline.ts", "t")?.id).toBe("a3");
  expect(store.duration("pipeline.ts", "t")).toBe(20);
  expect(store.history.latestRecord("other.ts", "t")).toBeUndefined();
});

test("sets of found paths: the newest first, each once, no more than sixteen", () => {
  const store = open();
  for (let i = 0; i < 20; i += 1) store.commit({ found: { static: fingerprint("s"), paths: [`h${i}`] } });
  store.commit({ found: { static: fingerprint("s"), paths: ["h10"] } });
  store.flush();
  const sets = store.foundSets(fingerprint("s"));
  expect(sets[0]).toEqual(["h10"]);
  expect(sets).toHaveLength(16);
  expect(new Set(sets.flat()).size).toBe(16);
});

test("a version is appended when the identity changes, an edited one never becomes the latest", () => {
  const store = open();
  const add = (text: string, cause: Version["cause"]): void => {
    store.commit({ versions: [{ name: "a", identity: identity(text), size: 1, cause, time: 1 }] });
    store.flush();
  };
  add("A", "made");
  add("A", "made");
  add("mine", "edited");
  add("A", "made");
  add("B", "made");
  add("A", "made");
  expect(
    [...store.history.versions("a")]
      .reverse()
      .map(({ n, cause, identity: { digest } }: Version & { identity: { digest?: Digest } }) => [n, cause, digest]),
  ).toEqual([
    [1, "made", hasher.digest("A")],
    [2, "edited", hasher.digest("mine")],
    [3, "made", hasher.digest("B")],
    [4, "made", hasher.digest("A")],
  ]);
});

test("names longer than LMDB takes, and names that are the beginning of others, stay apart", () => {
  const store = open();
  const names = ["a", "a/b", "x".repeat(3000), `${"x".repeat(2999)}y`];
  for (const name of names) {
    store.commit({
      versions: [{ name, identity: identity(name), size: 1, cause: "made", time: 1 }],
      owned: [{ path: name, identity: identity(name), manifest: "m", task: "t" }],
    });
  }
  store.flush();
  for (const name of names) expect([...store.history.versions(name)].map((version) => version.name)).toEqual([name]);
  store.commit({ disowned: [names[2] as string] });
  store.flush();
  expect(
    store
      .allOwned()
      .map(({ path }) => path)
      .sort(),
  ).toEqual([names[0], names[1], names[3]].sort());
});

test.each([
  ["small", 100],
  ["large", 200_000],
])("a %s blob comes back, verified, with the mode that is asked for", (_size, length) => {
  const store = open();
  const bytes = Buffer.alloc(length, "x");
  const digest = store.blobs.putBytes(bytes);
  expect(store.blobs.has(digest)).toBe(true);
  store.flush();
  expect(store.blobs.read(digest)?.equals(bytes)).toBe(true);
  const target = join(directory, "../restored");
  expect(store.blobs.restore(digest, target, 0o755)).toBe(true);
  expect(readFileSync(target).equals(bytes)).toBe(true);
  expect((realFiles.stat(target)?.mode ?? 0) & 0o777).toBe(0o755);
});

test("a damaged blob is as good as none, and does not reach the workspace", () => {
  const store = open();
  const digest = store.blobs.putBytes(Buffer.alloc(100_000, "x"));
  const [prefix] = readdirSync(join(directory, "blobs"));
  const [name] = readdirSync(join(directory, "blobs", prefix as string));
  const path = join(directory, "blobs", prefix as string, name as string);
  rmSync(path);
  writeFileSync(path, Buffer.alloc(100_000, "y"));
  const target = join(directory, "../restored");
  writeFileSync(target, "before");
  expect(store.blobs.restore(digest, target, 0o644)).toBe(false);
  expect(readFileSync(target, "utf8")).toBe("before");
  expect(store.blobs.has(digest)).toBe(false);
});

test("bytes that are not those of the digest are not taken", () => {
  const store = open();
  const path = join(directory, "../source");
  writeFileSync(path, Buffer.alloc(100_000, "x"));
  expect(store.blobs.putFile(path, hasher.digest("something else"))).toBe(false);
  expect(readdirSync(join(directory, "tmp"))).toEqual([]);
});

test("a copy that fails, as on a full disk, leaves no part of it", async () => {
  const store = open();
  // Reading a directory fails once the copy has begun.
  const source = join(directory, "..");
  const digest = hasher.digest("");
  expect(() => store.blobs.putFile(source, digest)).toThrow("EISDIR");
  await expect(store.blobs.putFileListening(source, digest, new AbortController().signal)).rejects.toThrow("EISDIR");
  expect(readdirSync(join(directory, "tmp"))).toEqual([]);
});

test("a store from a newer inc is refused, untouched", async () => {
  open();
  await opened?.close();
  opened = undefined;
  const tables = openTables(directory, "write");
  tables.meta.putSync("format", 99);
  await tables.root.close();
  const refused = openStore(directory, { files: realFiles, hasher });
  expect(refused).toMatchObject({
    ok: false,
    diagnostics: [
      {
        code: "INC3001",
        message: `the store in "${directory}" was written by a newer inc (format 99, this one knows 5)`,
      },
    ],
  });
});

test.each([
  ["garbage", (path: string) => writeFileSync(path, Buffer.alloc(20_000, 7))],
  ["cut short", (path: string) => truncateSync(path, 5000)],
  ["empty", (path: string) => truncateSync(path, 0)],
])("a data file that is %s is set aside with a word, or begun anew, and never kills", async (_how, damage) => {
  const store = open();
  for (let i = 0; i < 500; i += 1) store.commit({ entry: entry(`${i}`) });
  store.flush();
  await opened?.close();
  opened = undefined;
  damage(join(directory, "data.mdb"));
  const again = open();
  expect(again.entry(fingerprint("1"))).toBeUndefined();
  again.commit({ entry: entry("new") });
  again.flush();
  expect((await reopen()).entry(fingerprint("new"))).toEqual(entry("new"));
});

test("what a process acknowledged before SIGKILL is there, and the store opens", async () => {
  open();
  await opened?.close();
  opened = undefined;
  const script = join(import.meta.dirname, "committer.ts");
  const child = spawn(process.execPath, [script, directory, "child"], { stdio: ["ignore", "pipe", "inherit"] });
  let acknowledged = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    acknowledged += chunk.toString().split("\n").length - 1;
    if (acknowledged >= 50) child.kill("SIGKILL");
  });
  await once(child, "close");
  const store = open();
  expect(store.warnings).toEqual([]);
  for (let i = 0; i < acknowledged; i += 1) expect(store.entry(fingerprint(`child ${i}`))).toBeDefined();
});

test("four processes write at once, and nothing is missing", async () => {
  open();
  await opened?.close();
  opened = undefined;
  const script = join(import.meta.dirname, "committer.ts");
  const names = ["a", "b", "c", "d"];
  await Promise.all(
    names.map((name) => once(spawn(process.execPath, [script, directory, name, "100"], { stdio: "ignore" }), "close")),
  );
  const store = open();
  for (const name of names)
    for (let i = 0; i < 100; i += 1) expect(store.entry(fingerprint(`${name} ${i}`))).toBeDefined();
});
