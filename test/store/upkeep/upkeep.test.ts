import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
  rig.manifest(`
const o = object("o", { keep: 1 });
export const a = task(sh\`cat \${file("in")} \${o} > \${out("b/a")}\`);
`);
  for (const text of ["1\n", "2\n", "3\n"]) {
    rig.write("in", text);
    await rig.start(["put", "o", "-"], { input: `o${text}` }).ended;
    await rig.run("run");
  }
});

afterEach(() => rig.close());

test("gc -n lists the versions to evict, gc evicts them, and a run makes lost outputs again", async () => {
  await rig.run("pin", "b/a@1");
  const dry = await rig.run("gc", "--dry-run", "--keep-versions", "1");
  expect(dry.stdout.split("\n").sort()).toEqual(
    [
      "",
      "would evict b/a@2  5 B  superseded",
      "would evict in@1  2 B  superseded",
      "would evict in@2  2 B  superseded",
      "would evict object:o@1  3 B  superseded",
      "would evict object:o@2  3 B  superseded",
      "would free 15 B of 5 blobs, 15 B stay",
    ].sort(),
  );
  expect((await rig.run("gc", "--keep-versions", "1")).stdout).toContain("\nfreed 15 B of 5 blobs, ");
  expect((await rig.run("get", "b/a@1")).stdout).toBe("1\no1\n");
  expect((await rig.run("get", "b/a@2")).stderr).toContain(
    "error INC1032: the bytes of b/a@2 are no longer in the store\n",
  );
  expect((await rig.run("pin", "b/a@2")).stderr).toContain("error INC1032: ");
  expect((await rig.run("log", "b/a", "--json")).code).toBe(0);
  expect((await rig.run("doctor")).stdout).toBe("the store is sound\n");
  expect(await rig.results()).toEqual([]);
  rig.write("in", "2\n");
  await rig.start(["put", "o", "-"], { input: "o2\n" }).ended;
  expect(await rig.results()).toEqual(["a: ran"]);
});

test("gc keeps large superseded versions in chunks that they share, and they come back", async () => {
  rig.manifest(
    `export const big = task(sh\`node big.mjs \${file("in")} \${out("b/big")}\`, { inputs: [file("big.mjs")] });`,
  );
  rig.write(
    "big.mjs",
    `import { createCipheriv } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
const zero = Buffer.alloc(16);
const noise = createCipheriv("aes-128-ctr", zero, zero).update(Buffer.alloc(3_000_000));
noise.write(readFileSync(process.argv[2], "utf8"), 1_500_000);
writeFileSync(process.argv[3], noise);
`,
  );
  for (const text of ["1\n", "2\n", "3\n"]) {
    rig.write("in", text);
    await rig.run("run");
  }
  const { stdout } = await rig.run("gc");
  expect(stdout).toMatch(/^put 2 large superseded blobs into shared chunks: 5\.7 MiB became (2\.9|3\.0) MiB\n/);
  expect((await rig.run("gc")).stdout).toMatch(/^freed 0 B of 0 blobs, /);
  expect((await rig.run("get", "b/big@1", "-o", "one")).code).toBe(0);
  expect(rig.read("one").slice(1_000_000)).toContain("1\n");
  rig.write("in", "1\n");
  expect(await rig.results()).toEqual(["big: restored"]);
  expect(rig.read("b/big")).toBe(rig.read("one"));
  expect((await rig.run("doctor")).stdout).toBe("the store is sound\n");
  expect((await rig.run("diff", "b/big@1", "b/big@2")).stdout).toMatch(
    /\n in shared chunks: 2\.[678] MiB of 2\.9 MiB\n/,
  );
});

test("pin and unpin report each change once, and gc evicts unpinned versions", async () => {
  expect((await rig.run("pin", "b/a@1", "in@1")).stdout).toBe("b/a@1 pinned\nin@1 pinned\n");
  expect((await rig.run("pin", "b/a@1")).stdout).toBe("b/a@1 was pinned already\n");
  expect((await rig.run("unpin", "b/a@1", "in@2")).stdout).toBe("b/a@1 unpinned\nin@2 was not pinned\n");
  await rig.run("gc", "--keep-versions", "1");
  expect((await rig.run("get", "in@1")).stdout).toBe("1\n");
  expect((await rig.run("get", "b/a@1")).code).toBe(2);
  expect((await rig.run("pin")).stderr).toContain("error INC1003: pin takes versions of objects\n");
  expect((await rig.run("pin", "b/b@1")).stderr).toContain("did you mean");
});

test("gc refuses limits that it cannot parse", async () => {
  expect((await rig.run("gc", "--max-size", "lots")).stderr).toBe(
    'error INC1003: "--max-size lots" cannot be used\n  help: write it as 500MB, 5GB or a number of bytes\n',
  );
  expect((await rig.run("gc", "--older-than", "yesterday")).stderr).toContain(
    '"--older-than yesterday" cannot be used',
  );
});

test("du shows for each name the size of its versions, and the part that no other name shares", async () => {
  const { stdout } = await rig.run("du");
  expect(stdout.split("\n").slice(0, 4)).toEqual([
    "total   own  versions  name",
    " 15 B  15 B         3  b/a",
    "  9 B   9 B         3  object:o",
    "  6 B   6 B         3  in",
  ]);
  expect(stdout).toMatch(/\n9 blobs with 30 B, 0 B of it unreferenced; records and names [\d.]+ [KM]iB\n$/);
  expect(JSON.parse((await rig.run("du", "--json")).stdout)).toMatchObject({ blobs: 9, bytes: 30 });
});

test("doctor removes damaged blobs, and the next run makes their outputs again", async () => {
  rig.manifest(`export const big = task(sh\`head -c 100000 /dev/zero > \${out("b/big")}\`);`);
  await rig.run("run");
  const directory = rig.path(".inc/blobs");
  const [prefix = ""] = readdirSync(directory);
  const [name = ""] = readdirSync(join(directory, prefix));
  writeFileSync(join(directory, prefix, `${name}.new`), "damage");
  const { renameSync } = await import("node:fs");
  renameSync(join(directory, prefix, `${name}.new`), join(directory, prefix, name));
  const { code, stdout } = await rig.run("doctor");
  expect([code, stdout]).toEqual([
    1,
    `blob ${(prefix + name).slice(0, 12)} was damaged and is removed; tasks that need it run again\n` +
      "the bytes of b/big@1 are gone: make an artifact again with inc run, publish an object again with inc put\n" +
      "1 of 2 problems repaired\n",
  ]);
  rig.remove("b");
  expect(await rig.results()).toEqual(["big: ran"]);
  expect((await rig.run("doctor")).stdout).toBe("the store is sound\n");
});
