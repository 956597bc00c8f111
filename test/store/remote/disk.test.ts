import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, type TestContext, test } from "vitest";
import { hasher } from "../../../src/host/files/hash.ts";
import { encodeSmall } from "../../../src/store/remote/coding.ts";
import type { SharedDirectory } from "../../support/shared-directory.ts";
import { type Checkouts, cache, ran, runShared, sharedForEachTest } from "../../support/shared-runs.ts";

let shared: SharedDirectory;
let checkouts: Checkouts;
sharedForEachTest((made) => {
  ({ shared, checkouts } = made);
});

/** Tasks that make what a script says, which is no input: another one makes something smaller under the same fingerprint. */
const pipelineOf = (tasks: readonly string[]): string =>
  tasks.map((name) => `export const ${name} = task(sh\`sh make.sh > \${out("build/${name}")}\`);`).join("");
const PIPELINE = pipelineOf(["a", "b", "c"]);
/** So many that several results come at once. */
const MANY = ["a", "b", "c", "d", "e", "f", "g", "h"];
const LARGE = { "make.sh": "sleep 0.2; head -c 1500000 /dev/urandom" };
const SMALL = { "make.sh": "echo small" };

/** Does something while file systems are mounted. @param words Of each: what comes before its path, and that. */
async function mounted(
  context: TestContext,
  mounts: readonly (readonly [words: readonly string[], path: string])[],
  act: () => Promise<void>,
): Promise<void> {
  const done: string[] = [];
  try {
    for (const [words, path] of mounts) {
      execFileSync("mount", [...words, path], { stdio: "ignore" });
      done.push(path);
    }
  } catch {
    context.skip("to mount something takes root");
  }
  try {
    await act();
  } finally {
    for (const path of done) execFileSync("umount", [path]);
  }
}

test.for([
  ["any", 1000],
  ["all", 2500],
] as const)(
  "a disk that has no room for %s of the results fails no run, and nothing is taken for damaged",
  async ([which, kib], context) => {
    const pipeline = pipelineOf(MANY);
    await runShared(await checkouts.make(pipeline, LARGE), { INC_REMOTE: shared.url });
    const there = shared.files("records").map((path) => readFileSync(path, "hex"));
    const rig = await checkouts.make(pipeline, SMALL);
    mkdirSync(rig.path("disk"));
    const env = { INC_REMOTE: shared.url, INC_DIR: rig.path("disk/store") };
    rig.manifest(`${pipeline} export const first = task(sh\`true\`);`);
    await mounted(context, [[["-t", "tmpfs", "-o", "size=6m,mode=777", "none"], rig.path("disk")]], async () => {
      // Makes the tables of the store.
      await runShared(rig, { ...env, INC_REMOTE: "none" }, ["first"]);
      const { bavail, bsize } = statfsSync(rig.path("disk"));
      rig.write("disk/fill", new Uint8Array(bavail * bsize - kib * 1024));
      const outcome = await runShared(rig, env, MANY);
      expect(outcome).toMatchObject({ code: 0, warnings: ["INC4229"] });
      expect(ran(outcome).length).toBeGreaterThan(which === "any" ? MANY.length - 1 : 0);
      expect(shared.files("records").map((path) => readFileSync(path, "hex"))).toEqual(there);
      rig.remove("disk/fill");
      expect((await rig.start(["doctor"], { env }).ended).stdout).toBe("the store is sound\n");
    });
  },
);

test("a directory that is gone in mid run costs one warning", async () => {
  const chain = `
export const a = task(sh\`echo a > \${out("build/a")}\`);
export const b = task(sh\`cat \${a} > \${out("build/b")}\`);
export const c = task(sh\`cat \${b} > \${out("build/c")}; [ ! -e gone ] || { until [ -e "$(cat gone)/tmp" ]; do sleep 0.01; done; mv "$(cat gone)" gone.d; }\`);
export const d = task(sh\`cat \${c} > \${out("build/d")}\`);
export const e = task(sh\`cat \${d} > \${out("build/e")}\`);
`;
  await runShared(await checkouts.make(chain), { INC_REMOTE: shared.url });
  const rig = await checkouts.make(chain.replace("echo a", "echo A"), { gone: join(shared.root, "v1") });
  const outcome = await runShared(rig, { INC_REMOTE: shared.url });
  expect([outcome.code, rig.read("build/e")]).toEqual([0, "A\n"]);
  expect(outcome.warnings).toHaveLength(1);
  expect(outcome.messages[0]).toContain("refused an operation: ENOENT");
});

test("a file that cannot be read is a failure of the shared cache, and no crash", async (context) => {
  await runShared(await checkouts.make(PIPELINE, SMALL), { INC_REMOTE: shared.url });
  // Reading the beginning of a process's memory gives EIO.
  const unreadable = [["--bind", `/proc/${process.pid}/mem`], shared.files("records")[0] ?? ""] as const;
  await mounted(context, [unreadable], async () => {
    const outcome = await runShared(await checkouts.make(PIPELINE, SMALL), { INC_REMOTE: shared.url });
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4227"] });
    const rig = await checkouts.make(PIPELINE, SMALL);
    const { code, stderr } = await cache(rig, ["verify", "--remote", shared.url]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("refused an operation: EIO")]);
  });
});

test.each<[string, number, string]>([
  ["entries", 200_001, "lists too many files"],
  ["bytes", 5_000_000, "has listings of more than"],
])("a directory that is announced with millions of %s is a miss, soon", async (_, count, why) => {
  const pipeline = 'export const dir = task(sh`mkdir -p ${out("build/dir/")} && touch build/dir/x`);';
  await runShared(await checkouts.make(pipeline), { INC_REMOTE: shared.url });
  const listing = Buffer.from(JSON.stringify(Array.from({ length: count }, (__, i) => ["d", i.toString(36)])));
  const digest = hasher.digest(listing);
  const path = join(shared.root, "v1/blobs", digest.slice(0, 2), digest);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, encodeSmall(listing));
  shared.forge("dir", (text) => {
    const fields = JSON.parse(text);
    const [output] = fields.attempt.outputs;
    output.identity.digest = digest;
    fields.sizes[digest] = listing.length;
    return JSON.stringify(fields);
  });
  const outcome = await runShared(await checkouts.make(pipeline), { INC_REMOTE: shared.url });
  expect(outcome).toMatchObject({ code: 0, warnings: ["INC4228"], results: ["dir: ran"] });
  expect(outcome.messages[0]).toContain(why);
});
