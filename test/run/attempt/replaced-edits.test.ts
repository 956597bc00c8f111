import { mkdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(
    'export const t = task(sh`mkdir -p dist; echo made > ${out("dist/", "d")}/o; cat ${file("in")}`);',
  );
  rig.write("in", "1");
});

afterEach(() => rig.close());

test("inc refuses to replace a foreign output directory and says what to do; --adopt keeps it as a version", async () => {
  rig.write("dist/.gitkeep", "");
  rig.write("dist/old.js", "old");
  const refused = await rig.run("run");
  expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining("error INC4204")]);
  expect(refused.stdout).toContain("replace it: inc run --adopt\n");
  const dry = await rig.run("run", "-n");
  expect([dry.code, dry.stdout]).toEqual([1, expect.stringContaining("error INC4204")]);
  const { code, stdout } = await rig.run("run", "--adopt");
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining("note: it was preserved as dist@1 before it was replaced"),
  ]);
  expect([rig.read("dist/o"), rig.exists("dist/old.js")]).toEqual(["made\n", false]);
  expect((await rig.run("get", "dist@1", "-o", "back")).code).toBe(0);
  expect([rig.read("back/old.js"), rig.exists("back/.gitkeep")]).toEqual(["old", true]);
});

test("inc keeps no version and does not warn for a deleted file or an empty directory in an output", async () => {
  rig.manifest('export const t = task(sh`mkdir -p dist; cd ${out("dist/", "d")}; echo a > a; echo b > b`);');
  await rig.run("run");
  rig.remove("dist/a");
  mkdirSync(rig.path("dist/empty"));
  const { code, stdout } = await rig.run("run");
  expect([code, stdout]).toEqual([0, expect.not.stringContaining("INC4211")]);
  expect([rig.exists("dist/a"), rig.exists("dist/empty")]).toEqual([true, false]);
  rig.write("dist/b", "mine");
  expect((await rig.run("run")).stdout).toContain("warning INC4211");
});

test("a dry run says which edits would be replaced, and keeps none", async () => {
  rig.manifest('export const t = task(sh`cp ${file("in")} ${out("o")}`);');
  await rig.run("run");
  rig.write("o", "mine");
  const restored = await rig.run("run", "-n");
  expect(restored.stdout).toContain(
    'warning INC4211: "o", which task "t" makes, contained bytes that inc did not write\n' +
      "  note: it would be preserved as a version before it is replaced\n",
  );
  rig.write("in", "2");
  expect((await rig.run("run", "-n")).stdout).toContain("warning INC4211");
  expect(rig.read("o")).toBe("mine");
  expect((await rig.run("log", "o")).stdout).not.toContain("edited");
});

test("the warning names the task that wrote into another task's output", async () => {
  rig.manifest(`
export const a = task(sh\`echo a \${file("in")} > \${out("o")}\`, { inputs: [] });`);
  rig.write("in", "1\n");
  await rig.run("run");
  rig.manifest(`
export const scribbler = task(sh\`cat \${file("in")} > o\`);
export const a = task(sh\`echo a \${file("in")} > \${out("o")}\`, { after: [scribbler] });`);
  rig.write("in", "2\n");
  const { code, stdout } = await rig.run("run");
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining(
      '  note: it was last changed while task "scribbler" ran\n  note: it was preserved as o@2 before it was replaced\n',
    ),
  ]);
  expect(stdout).toContain(
    'warning INC4211: "o", which task "a" makes, contained bytes that inc did not write\n  --> pipeline.ts:',
  );
  expect(rig.read("o")).toBe("a in\n");
});
