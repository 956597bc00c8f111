import { chmodSync, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;
const umask = process.umask();

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(async () => {
  process.umask(umask);
  await rig.close();
});

function mode(path: string): string {
  return (statSync(rig.path(path)).mode & 0o7777).toString(8);
}

/** Everything under a directory as `mode path`. */
function modesIn(path: string): string[] {
  const names = readdirSync(rig.path(path), { recursive: true, encoding: "utf8" }).sort();
  return names.map((name) => `${mode(join(path, name))} ${name}`);
}

/** Shell text that makes a directory of many modes. */
const TREE = `mkdir -p d/sub/deep d/closed; echo a > d/key; chmod 600 d/key; echo b > d/run; chmod 711 d/run
echo c > d/plain; echo e > d/sub/deep/f; chmod 640 d/sub/deep/f; echo g > d/closed/h; chmod 444 d/closed/h
chmod 700 d/sub/deep; chmod 555 d/closed; chmod 750 d`;

test("run, checkout and get restore a file of mode 0600 with mode 0600, in a directory too", async () => {
  rig.manifest(
    `export const a = task(sh\`(umask 077; echo key > \${out("b/key")})\`);
     export const t = task(sh\`${TREE}\`, { outputs: { d: "d/" } });`,
  );
  expect((await rig.run("run")).code).toBe(0);
  const made = [mode("b/key"), mode("d"), ...modesIn("d")];
  expect(made).toEqual([
    "600",
    "750",
    "555 closed",
    "444 closed/h",
    "600 key",
    "644 plain",
    "711 run",
    "755 sub",
    "700 sub/deep",
    "640 sub/deep/f",
  ]);
  expect((await rig.run("clean")).code).toBe(0);
  expect([rig.exists("b/key"), rig.exists("d")]).toEqual([false, false]);
  expect(await rig.results()).toEqual(["a: restored", "t: restored"]);
  expect([mode("b/key"), mode("d"), ...modesIn("d")]).toEqual(made);
  rig.remove("b/key");
  rig.remove("d");
  expect((await rig.run("checkout", "b/key", "d")).code).toBe(0);
  expect([mode("b/key"), mode("d"), ...modesIn("d")]).toEqual(made);
  expect((await rig.run("get", "b/key", "-o", "copy")).code).toBe(0);
  expect((await rig.run("get", "d", "-o", "copies")).code).toBe(0);
  expect([mode("copy"), mode("copies"), ...modesIn("copies")]).toEqual(made);
  expect((await rig.run("run")).stdout).toContain("fresh 2, failed 0");
});

test("get gives a source and a published object their own mode", async () => {
  rig.manifest(`export const a = task(sh\`cat \${file("secret")} \${object("o")} > \${out("b/a")}\`);`);
  rig.write("secret", "one\n", 0o600);
  rig.write("o", "two\n", 0o640);
  expect((await rig.run("put", "o", "o")).code).toBe(0);
  expect((await rig.run("run")).code).toBe(0);
  await rig.run("get", "secret", "-o", "s");
  await rig.run("get", "object:o", "-o", "p");
  expect([mode("s"), mode("p")]).toEqual(["600", "640"]);
  expect((await rig.start(["put", "o", "-"], { input: "three\n" }).ended).code).toBe(0);
  await rig.run("get", "object:o", "-o", "q");
  expect(mode("q")).toBe("644");
});

test("commands run under the user's umask, and other users may not read the store, whatever the umask is", async () => {
  for (const [mask, file, directory] of [
    [0o077, "600", "700"],
    [0o002, "664", "775"],
    [0o000, "666", "777"],
  ] as const) {
    process.umask(mask);
    rig.remove(".inc");
    rig.remove("b");
    rig.manifest(`const o = object("o");
      export const a = task(sh\`echo noise; cat \${o} > \${out("b/a")}\`);
      export const big = task(sh\`head -c 200000 /dev/zero > \${out("b/big")}\`);`);
    rig.write("o", "one\n");
    expect((await rig.run("put", "o", "o")).code).toBe(0);
    expect((await rig.run("run")).code).toBe(0);
    expect([mode("b/a"), mode("b")]).toEqual([file, directory]);
    expect((await rig.run("run")).code).toBe(0);
    expect(mode(".inc")).toBe("700");
    const names = readdirSync(rig.path(".inc"), { recursive: true, encoding: "utf8" });
    const open = names.filter((name) => (lstatSync(rig.path(join(".inc", name))).mode & 0o077) !== 0);
    expect(open).toEqual([]);
    expect(names.length).toBeGreaterThan(8);
  }
});

test("a store that an earlier inc left open to others is closed", async () => {
  rig.manifest(`export const a = task(sh\`echo a > \${out("b/a")}\`);`);
  await rig.run("run");
  chmodSync(rig.path(".inc"), 0o755);
  rig.manifest(`export const a = task(sh\`echo b > \${out("b/a")}\`);`);
  await rig.run("run");
  expect(mode(".inc")).toBe("700");
});

test("a chmod makes no new version, and setuid, setgid and sticky bits are not restored", async () => {
  rig.manifest(
    `export const t = task(sh\`mkdir d; echo a > d/a; chmod 6755 d/a; chmod 1777 d\`, { outputs: { d: "d/" } });`,
  );
  await rig.run("run");
  expect([mode("d"), mode("d/a")]).toEqual(["1777", "6755"]);
  chmodSync(rig.path("d/a"), 0o700);
  expect((await rig.run("run")).stdout).toContain("fresh 1, failed 0");
  rig.remove("d");
  expect(await rig.results()).toEqual(["t: restored"]);
  expect([mode("d"), mode("d/a")]).toEqual(["777", "755"]);
});

test("a read-only directory in an output is emptied, replaced and restored over", async () => {
  rig.manifest(
    `const n = param("n", "1");
     export const t = task(sh\`mkdir -p d/s; echo \${n} > d/s/n; echo same > d/s/same; chmod 555 d/s d\`, { outputs: { d: "d/" } });`,
  );
  rig.asUser();
  expect((await rig.run("run")).code).toBe(0);
  expect((await rig.run("run", "--param", "n=2")).code).toBe(0);
  expect([rig.read("d/s/n"), mode("d/s")]).toEqual(["2\n", "555"]);
  expect(await rig.results()).toEqual(["t: restored"]);
  expect([rig.read("d/s/n"), mode("d/s"), mode("d")]).toEqual(["1\n", "555", "555"]);
  expect((await rig.run("clean")).code).toBe(0);
  expect(rig.exists("d")).toBe(false);
});

test("a directory that holds more than a store keeps its mode, even if INC_DIR names it", async () => {
  rig.manifest(`export const a = task(sh\`echo a > \${out("b/a")}\`);`);
  const run = () => rig.start(["run"], { env: { INC_DIR: "shared" } }).ended;
  rig.write("shared/package.json", "{}");
  chmodSync(rig.path("shared"), 0o755);
  await run();
  rig.manifest(`export const a = task(sh\`echo b > \${out("b/a")}\`);`);
  expect((await run()).code).toBe(0);
  expect([mode("shared"), mode("shared/data.mdb")]).toEqual(["755", "600"]);
  rig.remove("shared/package.json");
  chmodSync(rig.path("shared"), 0o1777);
  await run();
  expect(mode("shared")).toBe("1777");
});
