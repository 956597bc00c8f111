import { existsSync, mkdirSync, readdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FaultServer } from "../../../support/fault-server.ts";
import type { Rig } from "../../../support/rig.ts";
import type { SharedDirectory } from "../../../support/shared-directory.ts";
import { type Checkouts, cache, cacheJson, ran, runShared, sharedForEachTest } from "../../../support/shared-runs.ts";
import { findVersitygw, Versitygw } from "../versitygw.ts";

let shared: SharedDirectory;
let checkouts: Checkouts;
sharedForEachTest((made) => {
  ({ shared, checkouts } = made);
});

/** `a` and `b` share a blob; all large ones are objects of their own, what is small lies in the records. */
const PIPELINE = `
export const a = task(sh\`head -c 70000 /dev/urandom > \${out("b/a")}; head -c 70000 /dev/zero > \${out("b/same-a")}\`);
export const b = task(sh\`head -c 80000 /dev/urandom > \${out("b/b")}; head -c 70000 /dev/zero > \${out("b/same-b")}\`);
export const tree = task(sh\`mkdir -p \${out("b/tree/")}/x && head -c 90000 /dev/zero > b/tree/x/one && echo 2 > b/tree/two; echo said\`);
`;
const DAY = 24 * 3600;

/** Has all files of the shared cache, or those with one of these names, be written days ago. */
function age(days: number, paths: readonly string[] = [...shared.files("records"), ...shared.files("blobs")]): void {
  const time = Date.now() / 1000 - days * DAY;
  for (const path of paths) utimesSync(path, time, time);
}

async function filled(): Promise<Rig> {
  const rig = await checkouts.make(PIPELINE);
  expect(await runShared(rig, { INC_REMOTE: shared.url })).toMatchObject({ code: 0, warnings: [] });
  return rig;
}

const remote = (): readonly string[] => ["--remote", shared.url];

test("what is older goes, with the blobs that nothing else needs; -n only says so", async () => {
  const rig = await filled();
  age(40);
  age(10, [shared.recordOf("b"), shared.recordOf("tree")]);
  const before = shared.files("blobs");
  const dry = await cache(rig, ["prune", "--older-than", "30d", "-n", ...remote()]);
  expect([dry.code, dry.stdout]).toEqual([
    0,
    expect.stringMatching(/^would remove 2 records and 1 blob \(.*\n4 records and \d blobs stay, /),
  ]);
  expect(shared.files("blobs")).toEqual(before);
  const done = await cache(rig, ["prune", "--older-than", "30d", ...remote()]);
  expect([done.code, done.stderr]).toEqual([0, ""]);
  expect(done.stdout).toMatch(/^removed 2 records and 1 blob /);
  expect(shared.tasks()).toEqual(["b", "tree"]);
  expect(shared.files("blobs")).toHaveLength(before.length - 1);
  expect(shared.problems()).toEqual([]);
  expect(ran(await runShared(await checkouts.make(PIPELINE), { INC_REMOTE: shared.url }))).toEqual(["a"]);
});

test("what tasks on a cluster exchange goes after a day, and is no result", async () => {
  const rig = await filled();
  const [old, young] = ["a", "b"].map((digit) => {
    const path = join(shared.root, "v1/data", digit.repeat(2), digit.repeat(64));
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "bytes\n");
    return path;
  }) as [string, string];
  age(2, [old]);
  const stats = await cache(rig, ["stats", ...remote()]);
  expect(stats.stdout).toContain(", 2 files of attempts on Ray with 12 B");
  expect((await cache(rig, ["verify", ...remote()])).code).toBe(0);
  const { stdout } = await cache(rig, ["prune", "--older-than", "30d", ...remote()]);
  expect(stdout).toMatch(
    /^removed 0 records and 0 blobs \(0 B\), 1 file of attempts on Ray with 6 B of .*\n.*; 6 B of it goes later/,
  );
  expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
});

test("a blob that no record needs stays for a day, as its record may be on its way", async () => {
  const rig = await filled();
  age(40, shared.files("records"));
  const plan = await cacheJson<{ records: unknown[]; blobs: unknown[]; young: number }>(rig, [
    "prune",
    "--older-than",
    "1d",
    ...remote(),
  ]);
  expect([plan.records.length, plan.blobs.length, plan.young > 150_000]).toEqual([6, 0, true]);
  expect(shared.files("blobs").length).toBeGreaterThan(0);
  age(2);
  await cache(rig, ["prune", "--older-than", "1d", ...remote()]);
  expect([shared.files("blobs"), shared.files("records")]).toEqual([[], []]);
});

test("beyond a size, the oldest go", async () => {
  const rig = await filled();
  age(5);
  age(9, [shared.recordOf("b")]);
  age(2, [shared.recordOf("tree")]);
  const plan = await cacheJson<{ remaining: { bytes: number } }>(rig, ["prune", "--max-size", "100000", ...remote()]);
  expect(shared.tasks()).toEqual(["a", "tree"]);
  expect(plan.remaining.bytes).toBeLessThanOrEqual(100_000);
  expect(shared.problems()).toEqual([]);
  await cache(rig, ["prune", "--max-size", "10GB", ...remote()]);
  expect(shared.tasks()).toEqual(["a", "tree"]);
  await cache(rig, ["prune", "--max-size", "1", ...remote()]);
  expect([shared.files("blobs"), shared.files("records")]).toEqual([[], []]);
});

test("damaged records go; those of another version of inc stay, and keep all blobs", async () => {
  const rig = await filled();
  const b = shared.recordOf("b");
  age(5);
  truncateSync(shared.recordOf("a"), 300);
  await cache(rig, ["prune", "--older-than", "30d", ...remote()]);
  expect(shared.files("records")).toHaveLength(4);
  const place = join(shared.root, "v1/records/main/ab", `ab${"0".repeat(62)}`);
  mkdirSync(join(place, ".."), { recursive: true });
  writeFileSync(place, "inc-record-9 k s\n\u0000\u0001");
  const blobs = shared.files("blobs");
  age(5);
  age(40, [b]);
  const other = await cache(rig, ["prune", "--older-than", "30d", ...remote()]);
  expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("1 record of another version of inc")]);
  expect(existsSync(place)).toBe(true);
  expect(shared.files("records")).toHaveLength(3);
  expect(shared.files("blobs")).toEqual(blobs);
});

test("nothing is removed that inc did not put there, and no link is followed", async () => {
  const rig = await filled();
  const foreign = [
    "README",
    "v1/records/main/notes.txt",
    `v1/blobs/zz/${"a".repeat(64)}`,
    `v1/blobs/ab/${"c".repeat(64)}`,
  ];
  for (const path of foreign) {
    mkdirSync(join(shared.root, path, ".."), { recursive: true });
    writeFileSync(join(shared.root, path), "mine");
  }
  const outside = rig.path("outside/ab");
  mkdirSync(outside, { recursive: true });
  writeFileSync(join(outside, `ab${"0".repeat(62)}`), "inc-record-1  \n{}");
  symlinkSync(rig.path("outside"), join(shared.root, "v1/records/linked"));
  age(40);
  await cache(rig, ["prune", "--older-than", "1d", ...remote()]);
  expect(readdirSync(outside)).toHaveLength(1);
  expect(foreign.filter((path) => !existsSync(join(shared.root, path)))).toEqual([]);
  expect(shared.files("records").filter((path) => !path.includes("/linked/"))).toEqual([
    join(shared.root, "v1/records/main/notes.txt"),
  ]);
});

test("it needs no workspace, and says what it needs", async () => {
  const rig = await checkouts.make("");
  rig.remove("pipeline.ts");
  expect(await cache(rig, ["prune", "--older-than", "1d", ...remote()])).toMatchObject({ code: 0 });
  for (const [args, message] of [
    [["prune", ...remote()], "say what may stay"],
    [["prune", "--older-than", "soon", ...remote()], "write it as 12h or 30d"],
    [["prune", "--older-than", "1d"], "no shared cache is named"],
    [["prune", "--older-than", "1d", "--remote", "http://127.0.0.1:1/"], "cannot list what it holds"],
  ] as const) {
    const { code, stderr } = await cache(rig, args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  }
});

test("runs that write and read meanwhile come to the right end, and find what stayed whole", async () => {
  const manifest = `
export const parts = each(files("in/*"), (f) => task(sh\`head -c 70000 /dev/zero > \${out(\`b/\${f.name}\`)}; cat \${f} >> b/\${f.name}; mkdir -p \${out(\`t/\${f.name}/\`)} && cp \${f} t/\${f.name}/copy\`));
`;
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`in/f${i}`, `${i % 4}\n`]));
  const rigs = await Promise.all([0, 1].map(() => checkouts.make(manifest, files)));
  for (let round = 0; round < 4; round += 1) {
    let isOver = false;
    const pruning = (async () => {
      while (!isOver) {
        // Blobs are taken for old, so that they go while runs believe that they are there.
        age(2, shared.files("blobs"));
        const { code, stderr } = await cache(rigs[0] as Rig, ["prune", "--max-size", "12000", ...remote()]);
        expect([code, stderr]).toEqual([0, ""]);
      }
    })();
    for (const rig of rigs)
      for (const path of [".inc", "b", "t"]) if (rig !== rigs[0] || path !== ".inc") rig.remove(path);
    const runs = await Promise.all(rigs.map((rig) => runShared(rig, { INC_REMOTE: shared.url })));
    isOver = true;
    await pruning;
    expect(runs.map(({ code, warnings }) => [code, warnings])).toEqual([
      [0, []],
      [0, []],
    ]);
    for (const rig of rigs)
      for (const [path, text] of Object.entries(files))
        expect(rig.read(path.replace(/^in(.*)/, "t$1/copy"))).toBe(text);
  }
  expect(await runShared(await checkouts.make(manifest, files), { INC_REMOTE: shared.url })).toMatchObject({ code: 0 });
});

test("a server that ends in the middle is an error, and the next time goes on", async () => {
  const server = await FaultServer.start();
  try {
    const rig = await checkouts.make(PIPELINE);
    const dead = await cache(rig, ["ls", "--remote", `s3://bucket?endpoint=${server.url}`]);
    expect([dead.code, dead.stderr]).toEqual([
      1,
      expect.stringMatching(/INC4230.*s3:\/\/bucket.* answered 404.*not complete/),
    ]);
  } finally {
    await server.close();
  }
});

const versitygw = findVersitygw();
if ("missing" in versitygw) console.warn(`the tests with an S3 server are skipped: ${versitygw.missing}`);

describe.skipIf("missing" in versitygw)("a bucket", () => {
  let server: Versitygw;
  beforeEach(async () => {
    if ("program" in versitygw) server = await Versitygw.start(versitygw.program);
  });
  afterEach(() => server.stop());

  test("is listed page by page, and pruned", async () => {
    const url = `s3://${server.bucket}/a&b/ü?endpoint=${server.endpoint}&region=us-east-1`;
    const env = { ...server.credentials, INC_REMOTE: url };
    const rig = await checkouts.make(PIPELINE);
    expect(await runShared(rig, env)).toMatchObject({ code: 0, warnings: [] });
    const root = join(server.root, "a&b/ü/v1/blobs");
    for (let i = 0; i < 2100; i += 1) {
      const digest = i.toString(16).padStart(4, "0").padEnd(64, "0");
      mkdirSync(join(root, digest.slice(0, 2)), { recursive: true });
      writeFileSync(join(root, digest.slice(0, 2), digest), "\u0000x");
    }
    const { holdings } = await cacheJson<{ holdings: { blobs: { count: number } } }>(rig, ["stats"], env);
    expect(holdings.blobs.count).toBeGreaterThan(2100);
    expect((await cache(rig, ["ls"], env)).stdout).toMatch(/3 results in s3:/);
    const time = Date.now() / 1000 - 40 * DAY;
    for (const path of readdirSync(root, { recursive: true, encoding: "utf8" }))
      utimesSync(join(root, path), time, time);
    const pruned = await cacheJson<{ records: unknown[]; blobs: unknown[] }>(
      rig,
      ["prune", "--older-than", "30d"],
      env,
    );
    expect([pruned.records.length, pruned.blobs.length]).toEqual([0, 2100]);
    expect(ran(await runShared(await checkouts.make(PIPELINE), env))).toEqual([]);
    expect(await cache(rig, ["verify"], env)).toMatchObject({ code: 0 });
    await cache(rig, ["prune", "--max-size", "1"], env);
    expect((await cache(rig, ["ls"], env)).stdout).toMatch(/^0 results in s3:/);
  });

  test("without the right to list is an error that says so", async () => {
    const rig = await checkouts.make(PIPELINE);
    const refused = await cache(rig, ["ls"], {
      ...server.credentials,
      AWS_SECRET_ACCESS_KEY: "wrong",
      INC_REMOTE: `s3://${server.bucket}?endpoint=${server.endpoint}&region=us-east-1`,
    });
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("answered 403")]);
  });
});
