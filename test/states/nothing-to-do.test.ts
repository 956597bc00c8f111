import { renameSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { type Edit, runEdited } from "./run-edited.ts";

let rig: Rig;

afterEach(() => rig.close());

test.each([
  ["the look at what is not there", "opt.txt"],
  ["the look at what is there", "in.txt"],
])("nothing to do stands for one state, with edits before %s", async (_, at) => {
  rig = await Rig.create(`
    export const one = task(sh\`cat \${file("in.txt")} > \${out("b/one")}\`);
    export const opt = task(sh\`cat \${file("opt.txt", { optional: true })} > \${out("b/opt")} 2>/dev/null || true\`);
  `);
  rig.write("in.txt", "1\n");
  expect(await rig.run("run")).toMatchObject({ code: 0 });
  expect(await rig.run("run")).toMatchObject({ stdout: expect.stringContaining("fresh 2") });
  rig.write("opt.txt", "there\n");
  // What the last run took was never there together in this one.
  const edits: readonly Edit[] = [
    ["write", "in.txt", "2\n"],
    ["remove", "opt.txt"],
  ];
  const outcome = await runEdited(
    rig,
    ["run"],
    edits.map((edit) => [at, edit] as const),
  );
  expect(outcome).toMatchObject({ code: 0, made: 2 });
  expect([rig.read("b/one"), rig.read("b/opt")]).toEqual(["2\n", ""]);
});

test("nothing to do stands for one state, also where a directory comes back during the look", async () => {
  rig = await Rig.create(`
    export const alpha = task(sh\`cat \${file("e.txt")} > \${out("b/alpha")}\`);
    export const deep = task(sh\`cat \${file("d/g/z")} > \${out("b/deep")}\`);
  `);
  for (const path of ["e.txt", "d/g/z"]) rig.write(path, "1\n");
  expect(await rig.run("run")).toMatchObject({ code: 0 });
  expect(await rig.run("run")).toMatchObject({ stdout: expect.stringContaining("fresh 2") });
  renameSync(rig.path("d"), rig.path("before"));
  rig.write("d/g/z", "2\n");
  // The look has been at e.txt already.
  const edits: readonly Edit[] = [
    ["write", "e.txt", "2\n"],
    ["rename", "before", "d"],
  ];
  const outcome = await runEdited(
    rig,
    ["run"],
    edits.map((edit) => ["d/g/z", edit] as const),
  );
  expect(outcome).toMatchObject({ code: 0, made: 2 });
  expect([rig.read("b/alpha"), rig.read("b/deep")]).toEqual(["2\n", "1\n"]);
});
