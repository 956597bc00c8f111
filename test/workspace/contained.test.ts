import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pictureOf } from "../support/picture.ts";
import { Rig } from "../support/rig.ts";

let rig: Rig;

/** A directory beside the workspace, which a symlink in the workspace leads to: inc must not write there. */
function outside(): string {
  return `${rig.root}.outside`;
}

beforeEach(async () => {
  rig = await Rig.create();
  mkdirSync(join(outside(), "d"), { recursive: true });
  for (const name of ["o", "d/a", "d/b"]) writeFileSync(join(outside(), name), `mine: ${name}`);
});

afterEach(async () => {
  rmSync(outside(), { recursive: true });
  await rig.close();
});

const MANIFEST = 'export const t = task(sh`echo made > ${out("b/o")}; mkdir -p b/d; echo a > ${out("b/d/", "d")}/a`);';

test("an output behind a symlink is refused, and inc neither removes nor writes the target", async () => {
  rig.manifest(MANIFEST);
  symlinkSync(outside(), rig.path("b"));
  const before = pictureOf(outside());
  const { code, stdout } = await rig.run("run");
  expect([code, stdout]).toEqual([1, expect.stringContaining("error INC4304")]);
  expect(stdout).toContain('cannot make "b/o": "b" is a symlink');
  expect(pictureOf(outside())).toEqual(before);
});

test.each(["exit 1", "true"])("inc follows no symlink that a command puts over a directory (%s)", async (end) => {
  rig.manifest(
    `export const t = task(sh\`echo made > \${out("b/o")}; mkdir -p \${out("b/d/", "d")}; rm -r b; ln -s ${outside()} b; ${end}\`);`,
  );
  const before = pictureOf(outside());
  const { code } = await rig.run("run");
  expect(code).toBe(1);
  expect(pictureOf(outside())).toEqual(before);
  for (const command of [["run"], ["gc"], ["clean"], ["doctor"]]) {
    await rig.run(...command);
    expect(pictureOf(outside())).toEqual(before);
  }
});

test("inc does not clean, restore or check out behind a symlink that appeared between two runs", async () => {
  rig.manifest(MANIFEST);
  expect((await rig.run("run")).code).toBe(0);
  renameSync(rig.path("b"), rig.path("before"));
  symlinkSync(outside(), rig.path("b"));
  const before = pictureOf(outside());
  const gone = 'export const other = task(sh`echo > ${out("other")}`);';
  for (const command of [["run"], ["clean"], ["checkout", "b/o@1", "--force"]]) {
    await rig.run(...command);
    expect(pictureOf(outside())).toEqual(before);
  }
  rig.manifest(gone);
  expect((await rig.run("run")).code).toBe(0);
  expect(pictureOf(outside())).toEqual(before);
});

test("after a killed run inc removes nothing behind a symlink", async () => {
  rig.manifest(MANIFEST);
  await rig.run("run");
  rmSync(rig.path("b"), { recursive: true });
  symlinkSync(outside(), rig.path("b"));
  const before = pictureOf(outside());
  for (const command of [["gc"], ["run"], ["checkout", "b/o@1"], ["doctor"]]) {
    rig.write(".inc/journal", '{"boot":""}\n{"begin":"a","outputs":["b/o","b/d"]}\n');
    await rig.run(...command);
    expect(pictureOf(outside())).toEqual(before);
  }
  const { stderr } = await rig.run("gc");
  expect(stderr).toBe("");
  expect(readdirSync(outside()).sort()).toEqual(["d", "o"]);
});

test("exec does not write its streams behind a symlink", async () => {
  rig.manifest('export const t = task(exec(["echo", "made"], { stdout: out("b/o") }));');
  symlinkSync(outside(), rig.path("b"));
  const before = pictureOf(outside());
  expect((await rig.run("run")).code).toBe(1);
  expect(pictureOf(outside())).toEqual(before);
});

test("inc keeps an edit of a killed run's output as a version before it removes it", async () => {
  rig.manifest(`export const t = task(sh\`echo half > \${out("o")}; ${rig.held("t")}\`);`);
  const running = rig.start(["run"]);
  const held = await rig.waitFor("t");
  running.child.kill("SIGKILL");
  await running.ended;
  rig.write("o", "by hand");
  const { code, stderr } = await rig.run("gc");
  await held.gone;
  expect(code).toBe(0);
  expect(stderr).toContain('warning INC4213: "o" was removed: a run was killed while making it');
  expect((await rig.run("get", "o@1")).stdout).toBe("by hand");
  expect(rig.exists("o")).toBe(false);
});
