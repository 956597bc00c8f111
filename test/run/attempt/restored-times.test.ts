import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

function time(path: string): bigint {
  return statSync(rig.path(path), { bigint: true }).mtimeNs;
}

/** The times of the paths rise strictly. */
function expectOrder(...paths: readonly string[]): void {
  const times = paths.map(time);
  for (let i = 1; i < times.length; i += 1)
    expect([paths[i], (times[i] as bigint) > (times[i - 1] as bigint)]).toEqual([paths[i], true]);
}

/** Makes files in the reverse order of their names, with times a day apart. */
const MAKE = `mkdir d; cp in d/z; touch -d 2020-01-02 d/z; cp d/z d/m; touch -d 2020-01-03 d/m; cp d/m d/a
touch -d 2020-01-04 d/a; cp in k; touch -d 2020-01-05 k`;

const MANIFEST = `export const z = task(sh\`${MAKE}\`, { inputs: [file("in")], outputs: { d: "d/", k: "k" } });
export const up = task(sh\`cp \${z.outputs.k} \${out("b/up")}\`);`;

test("restored files are newer than their inputs and keep the order in which they were made, so that make finds them up to date", async () => {
  rig.manifest(MANIFEST);
  rig.write("in", "one\n");
  rig.write("Makefile", "b/up: k\n\tfalse\nk: d/a\n\tfalse\nd/a: d/m\n\tfalse\nd/m: d/z\n\tfalse\nd/z: in\n\tfalse\n");
  expect(await rig.results()).toEqual(["up: ran", "z: ran"]);
  rig.write("in", "two\n");
  await rig.run("run");
  rig.write("in", "one\n");
  expect(await rig.results()).toEqual(["up: restored", "z: restored"]);
  expectOrder("in", "d/z", "d/m", "d/a", "k", "b/up");
  expect(execFileSync("make", ["-q"], { cwd: rig.root, encoding: "utf8" })).toBe("");
  expect((await rig.run("run")).stdout).toContain("fresh 2, failed 0");
});

test("a restored file is not newer than outputs that were made after it", async () => {
  rig.manifest(MANIFEST);
  rig.write("in", "one\n");
  await rig.run("run");
  const [a, k] = [time("d/a"), time("k")];
  rig.remove("d/m");
  expect(await rig.results()).toEqual(["z: restored"]);
  expect([time("d/a"), time("k")]).toEqual([a, k]);
  expectOrder("d/m", "d/a", "k");
  rig.remove("k");
  expect(await rig.results()).toEqual(["z: restored"]);
  expectOrder("d/m", "d/a", "k");
  expect(time("k")).toBeGreaterThan(time("in"));
});

test("checkout gives all files of an output the same time", async () => {
  rig.manifest(MANIFEST);
  rig.write("in", "one\n");
  await rig.run("run");
  rig.remove("d");
  expect((await rig.run("checkout", "d")).code).toBe(0);
  expect(new Set(["d/z", "d/m", "d/a"].map(time)).size).toBe(1);
  expect(time("d/z")).toBeGreaterThan(time("in"));
});
