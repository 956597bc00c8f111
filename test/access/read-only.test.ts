import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(
    `const o = object("o");
     export const a = task(sh\`cat \${file("in")} \${o} > \${out("b/a")}\`);
     export const big = task(sh\`head -c 40000000 /dev/zero > \${out("b/big")}\`);`,
  );
  rig.write("in", "one\n");
  rig.write("o", "o\n");
  await rig.run("put", "o", "o");
  await rig.run("run");
  rig.write("in", "two\n");
  await rig.run("run");
});

afterEach(async () => {
  execFileSync("chmod", ["-R", "u+w", rig.root]);
  await rig.close();
});

const LOOKING: readonly (readonly string[])[] = [
  ["status"],
  ["log"],
  ["log", "b/a"],
  ["lineage", "b/a"],
  ["get", "b/a@1"],
  ["diff", "in@1", "in@2"],
  ["run", "-n"],
  ["list"],
  ["graph"],
  ["why", "a"],
  ["du"],
];

/** Path and time of each file; blobs without time, because their owner may note their use. */
function snapshotOf(directory: string): string[] {
  const names = readdirSync(rig.path(directory), { recursive: true, encoding: "utf8" }).sort();
  return names.map(
    (name) => `${name} ${name.startsWith("blobs/") ? "" : statSync(rig.path(`${directory}/${name}`)).mtimeMs}`,
  );
}

async function answers(): Promise<unknown[]> {
  const all = [];
  for (const command of LOOKING) {
    const { code, stdout, stderr } = await rig.run(...command);
    all.push([command.join(" "), code, stdout.replace(/\d+(\.\d+)?m?s\b/g, "TIME"), stderr]);
  }
  return all;
}

test("on a store without write permission queries work, and other commands say that it may not be written", async () => {
  rig.write("in", "three\n");
  rig.asUser();
  const before = await answers();
  execFileSync("chmod", ["-R", "a-w", rig.path(".inc")]);
  const stood = snapshotOf(".inc");
  expect(await answers()).toEqual(before);
  expect((await rig.run("get", "b/big")).stdout.length).toBe(40_000_000);
  for (const command of [
    ["run"],
    ["put", "o", "in"],
    ["gc"],
    ["doctor"],
    ["clean"],
    ["checkout", "b/a@1"],
    ["pin", "b/a@1"],
  ]) {
    const { code, stderr } = await rig.run(...command);
    expect([command[0], code, stderr]).toEqual([
      command[0],
      2,
      expect.stringMatching(
        /^error INC3005: the store in ".*\.inc" cannot be written: permission is denied \(EACCES\)\n/,
      ),
    ]);
  }
  expect(snapshotOf(".inc")).toEqual(stood);
  expect(rig.read("b/a")).toBe("two\no\n");
});

test("the same holds on a read-only file system", async (context) => {
  rig.write("in", "three\n");
  const before = await answers();
  try {
    execFileSync("mount", ["--bind", rig.root, rig.root], { stdio: "ignore" });
    execFileSync("mount", ["-o", "remount,ro,bind", rig.root], { stdio: "ignore" });
  } catch {
    context.skip("mounting a file system read-only takes root");
  }
  try {
    expect(await answers()).toEqual(before);
    const { code, stderr } = await rig.run("run");
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("cannot be written: the file system is read-only (EROFS)"),
    ]);
  } finally {
    execFileSync("umount", [rig.root]);
  }
});

test("commands say that they may not read the store", async () => {
  rig.asUser();
  chmodSync(rig.path(".inc"), 0o000);
  for (const command of [["status"], ["log", "b/a"], ["run"], ["get", "b/a@1"], ["du"]]) {
    const { code, stdout, stderr } = await rig.run(...command);
    expect([command[0], code, stdout + stderr]).toEqual([
      command[0],
      2,
      expect.stringMatching(/^error INC3005: the store in ".*" cannot be read \(EACCES\)\n/),
    ]);
  }
  chmodSync(rig.path(".inc"), 0o700);
  chmodSync(rig.path(".inc/data.mdb"), 0o000);
  for (const command of [["status"], ["log"], ["run"]]) {
    const { code, stdout, stderr } = await rig.run(...command);
    expect([command[0], code, stdout + stderr]).toEqual([command[0], 2, expect.stringMatching(/^error INC\d{4}: /)]);
  }
  expect(readFileSync(rig.path("in"), "utf8")).toBe("two\n");
});
