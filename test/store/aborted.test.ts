import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import { DiagnosticError } from "../../src/model/diagnostic.ts";
import type { Digest } from "../../src/model/digest.ts";
import type { NewVersion } from "../../src/model/entry.ts";
import { openTables, type Tables } from "../../src/store/schema.ts";
import { Store } from "../../src/store/store.ts";
import { Rig } from "../support/rig.ts";
import { openedStore, withRigStore } from "../support/store.ts";
import { abortTransactions } from "./aborting.ts";

const LARGE = 2_000_000;

describe("a transaction that LMDB aborts", () => {
  let directory: string;
  let tables: Tables;
  let store: Store;
  /** What the next transactions do. */
  let aborts: boolean[];

  beforeEach(async () => {
    directory = join(mkdtempSync(join(tmpdir(), "inc-aborted-")), "inc");
    await openedStore(directory).close();
    tables = openTables(directory, "write");
    aborts = [];
    abortTransactions(tables.root, () => aborts.shift() ?? false);
    store = new Store(tables, { directory, salt: new Uint8Array(32), files: realFiles, hasher, warnings: [] });
  });

  afterEach(async () => {
    await tables.root.close();
    rmSync(join(directory, ".."), { recursive: true, force: true });
  });

  function version(name: string, digest: Digest, size: number): NewVersion {
    return { name, identity: { type: "file", digest, executable: false }, size, cause: "made", time: 1 };
  }

  function put(name: string, bytes: Buffer): Digest {
    const digest = store.blobs.putBytes(bytes);
    store.commit({ versions: [version(name, digest, bytes.length)] });
    store.flush();
    return digest;
  }

  const bytes = (fill: string, size: number): Buffer => Buffer.alloc(size, fill);
  const fileOf = (digest: Digest): string => join(directory, "blobs", digest.slice(0, 2), digest.slice(2));
  const seqs = (): number[] => [...store.history.since(0)].map(({ seq }) => seq);

  test("is tried once more, and everything is there once", () => {
    put("before", bytes("0", 10));
    aborts = [true];
    const small = ["a", "b", "c"].map((fill) => store.blobs.putBytes(bytes(fill, 3000)));
    for (const digest of small) store.commit({ versions: [version(digest, digest, 3000)] });
    store.flush();
    expect(aborts).toEqual([]);
    expect(seqs()).toEqual([1, 2, 3, 4]);
    expect(small.map((digest) => store.blobs.read(digest)?.toString()[0])).toEqual(["a", "b", "c"]);
    expect(store.generation).not.toBe("");
    expect(store.upkeep.checkUp()).toEqual([]);
  });

  test("that also aborts the second time is a diagnostic; nothing of it is written, and the next one goes through", () => {
    put("before", bytes("0", 10));
    const digest = store.blobs.putBytes(bytes("a", 10));
    store.commit({ versions: [version("a", digest, 10)] });
    aborts = [true, true];
    expect(() => store.flush()).toThrow(
      expect.objectContaining({
        diagnostics: [
          expect.objectContaining({
            code: "INC3023",
            message: `the store in "${directory}" cannot be written: LMDB aborted a transaction, and again when it was tried once more`,
          }),
        ],
      }),
    );
    expect(seqs()).toEqual([1]);
    expect(store.generation).toBe("");
    store.flush();
    expect(seqs()).toEqual([1, 2]);
    expect(store.blobs.read(digest)).toEqual(bytes("a", 10));
  });

  test("for a reason of ours is not tried again", () => {
    let tries = 0;
    const slot = { key: "x", isValid: (value: unknown): value is string => typeof value === "string" };
    const refusal = new DiagnosticError({ code: "INC3020", severity: "error", message: "no" });
    expect(() =>
      store.exchange(slot, () => {
        tries += 1;
        throw refusal;
      }),
    ).toThrow(refusal);
    expect(tries).toBe(1);
    aborts = [true];
    expect(store.exchange(slot, () => ({ set: "set" }))).toBe(true);
    expect(store.meta(slot)).toBe("set");
  });

  test("small blobs that are committed ahead come whole", () => {
    aborts = [true];
    const digests = Array.from({ length: 70 }, (_, i) =>
      store.blobs.putBytes(bytes(String.fromCharCode(48 + i), 60_000)),
    );
    expect(aborts).toEqual([]);
    store.flush();
    for (const digest of digests) expect(hasher.digest(store.blobs.read(digest) as Buffer)).toBe(digest);
  });

  test("a file that becomes chunks is read from its beginning again", () => {
    const [first] = [put("a", bytes("1", LARGE)), put("a", bytes("2", LARGE))];
    aborts = [true];
    expect(store.upkeep.compact(Number.POSITIVE_INFINITY)).toMatchObject({ blobs: 1, before: LARGE });
    expect(existsSync(fileOf(first))).toBe(false);
    expect(store.blobs.read(first)).toEqual(bytes("1", LARGE));
  });

  test("a damaged chunk that an aborted try put anew is put anew again", () => {
    const [first] = [put("a", bytes("1", LARGE)), put("a", bytes("2", LARGE))];
    const file = readFileSync(fileOf(first));
    store.upkeep.compact(Number.POSITIVE_INFINITY);
    tables.root.transactionSync(() => {
      for (const key of [...tables.chunks.getKeys()]) tables.chunks.putSync(key, Buffer.from("damaged"));
      tables.chunked.removeSync(first);
    });
    writeFileSync(fileOf(first), file);
    const other = new Store(tables, { directory, salt: new Uint8Array(32), files: realFiles, hasher, warnings: [] });
    aborts = [true];
    expect(other.upkeep.compact(Number.POSITIVE_INFINITY)).toMatchObject({ blobs: 1 });
    expect(other.blobs.read(first)).toEqual(bytes("1", LARGE));
  });

  test("an eviction tells also of the files that went with the first try", () => {
    const digests = [put("a", bytes("1", LARGE)), put("a", bytes("2", 10)), put("a", bytes("3", 10))];
    aborts = [true];
    const { evictions } = store.upkeep.evict({ limits: { keepVersions: 1 }, now: Date.now() });
    expect(evictions.map(({ blob }) => blob.digest).sort()).toEqual(digests.slice(0, 2).sort());
    expect(digests.map((digest) => store.blobs.has(digest))).toEqual([false, false, true]);
  });

  test("the doctor tells also of the damaged files that went with the first try", () => {
    const digests = [put("a", bytes("1", LARGE)), put("a", bytes("2", LARGE))];
    rmSync(fileOf(digests[0] as Digest));
    writeFileSync(fileOf(digests[0] as Digest), "damaged");
    tables.objects.putSync("a", { count: 7, latest: 2 });
    aborts = [true];
    expect(store.upkeep.checkUp()).toEqual([
      { kind: "damaged-blob", subject: digests[0], repaired: true },
      { kind: "wrong-head", subject: "a", repaired: true },
    ]);
    expect(store.upkeep.checkUp()).toEqual([]);
  });
});

describe("a run", () => {
  const TASKS = ["a", "b", "c"];
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.create(
      `export const a = task(sh\`cp \${file("in")} \${out("build/a")}; sleep 0.15\`);
       export const b = task(sh\`cp \${a} \${out("build/b")}; sleep 0.15\`);
       export const c = task(sh\`cp \${b} \${out("build/c")}\`);`,
    );
  });

  afterEach(() => rig.close());

  async function aborted(at: string) {
    rig.remove("aborted");
    const preload = `--import=${fileURLToPath(new URL("aborting.ts", import.meta.url))}`;
    const env = { NODE_OPTIONS: preload, ABORT_AT: at, ABORT_TIMES: "2", ABORT_LOG: rig.path("aborted") };
    const outcome = await rig.start(["run"], { env }).ended;
    return { ...outcome, times: rig.exists("aborted") ? rig.read("aborted").split("\n").length - 1 : 0 };
  }

  test("notices nothing when LMDB aborts each transaction once", async () => {
    rig.write("in", "one");
    const outcome = await aborted("first tries");
    expect(outcome.times).toBeGreaterThan(4);
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    expect((await rig.run("run")).stdout).toMatch(/^ran 0, /);
    expect((await rig.run("doctor")).stdout).toBe("the store is sound\n");
  });

  test("whose commit LMDB aborts twice says so; the next one makes what was not stored, and nothing else", async () => {
    let found = 0;
    for (let at = 1; ; at += 1) {
      rig.write("in", `${at}`);
      const before = await withRigStore(rig, ({ history }) => history.seq);
      const outcome = await aborted(`${at}`);
      if (outcome.times === 0) break;
      found += 1;
      expect([at, outcome.code, outcome.stderr]).toEqual([
        at,
        2,
        expect.stringMatching(/^error INC3023: the store in "/m),
      ]);
      expect([at, outcome.stdout + outcome.stderr]).toEqual([at, expect.not.stringContaining("internal error")]);
      const lost = await withRigStore(rig, ({ history }) =>
        TASKS.filter((task) => {
          const latest = history.latestRecord("pipeline.ts", task);
          return latest === undefined || latest.seq <= before || latest.outcome !== "ok";
        }),
      );
      expect([at, await rig.results()]).toEqual([at, lost.map((task) => `${task}: ran`)]);
      expect([at, TASKS.map((task) => rig.read(`build/${task}`))]).toEqual([at, TASKS.map(() => `${at}`)]);
    }
    expect(found).toBeGreaterThan(4);
    expect((await rig.run("doctor")).stdout).toBe("the store is sound\n");
  });
});
