import { execFileSync } from "node:child_process";
import { open, type RootDatabase } from "lmdb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isSound } from "../../src/store/soundness.ts";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(async () => {
  execFileSync("chmod", ["-R", "u+w", rig.root]);
  await rig.close();
});

/** Removes the table of texts of code: a store of an inc that did not know it. */
async function removeTable(): Promise<void> {
  const root: RootDatabase = open({ path: rig.path(".inc/data.mdb"), maxDbs: 32, noSubdir: true });
  root.openDB({ name: "code", encoding: "json" }).dropSync();
  await root.close();
}

const writing = (text: string): string => `import { writeFileSync } from "node:fs";
  export const a = task({ outputs: { o: "b/a" }, run: ({ outputs }) => writeFileSync(outputs.o, "${text}") });`;

test("a store without the texts of code is sound, can be read without permission to write, and gets them again", async () => {
  rig.manifest(writing("1"));
  await rig.run("run");
  await removeTable();
  expect(isSound(rig.path(".inc"))).toBe(true);
  rig.manifest(writing("2"));
  rig.asUser();
  execFileSync("chmod", ["-R", "a-w", rig.path(".inc")]);
  expect(await rig.run("why", "a")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"run" in pipeline.ts:3 changed'),
  });
  execFileSync("chmod", ["-R", "u+w", rig.path(".inc")]);
  expect(await rig.results()).toEqual(["a: ran"]);
});
