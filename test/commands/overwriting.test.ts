import { truncateSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create('export const t = task(sh`echo 1 > ${out("o.txt")}`);');
  rig.write("notes.txt", "mine\n");
});
afterEach(() => rig.close());

test("--profile replaces a trace, and no other file", async () => {
  const refused = await rig.run("run", "--profile", "notes.txt");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('INC1004: "notes.txt" exists and is not a trace');
  expect(rig.read("notes.txt")).toBe("mine\n");
  expect(rig.exists("o.txt")).toBe(false);
  truncateSync(rig.path("notes.txt"), 2 ** 30);
  expect((await rig.run("run", "--profile", "notes.txt")).stderr).toBe(refused.stderr);
  for (let i = 0; i < 2; i += 1) expect((await rig.run("run", "-f", "--profile", "trace.json")).code).toBe(0);
});

test("inc lineage -o replaces no file", async () => {
  await rig.run("run");
  const refused = await rig.run("lineage", "o.txt", "-o", "notes.txt");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('INC1004: "notes.txt" already exists');
  expect(rig.read("notes.txt")).toBe("mine\n");
  expect((await rig.run("lineage", "o.txt", "-o", "new.txt")).code).toBe(0);
});
