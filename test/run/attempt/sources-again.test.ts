import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const DOWNLOAD = 'export const download = task(sh`echo precious > ${out("data/raw.csv")}`);';

test("an output that becomes a source in the manifest stays, and is no longer inc's", async () => {
  rig.manifest(DOWNLOAD);
  await rig.run("run");
  rig.manifest('export const report = task(sh`cp ${file("data/raw.csv")} ${out("report.txt")}`);');
  const dry = await rig.run("run", "-n");
  expect(dry.stdout).toContain('warning INC4320: "data/raw.csv", which task "download" made, is a source now');
  const { code, stdout } = await rig.run("run");
  expect([code, rig.read("report.txt")]).toEqual([0, "precious\n"]);
  expect(stdout).toContain('warning INC4320: "data/raw.csv", which task "download" made, is a source now');
  rig.manifest('export const other = task(sh`echo > ${out("o")}`);');
  expect((await rig.run("run")).stdout).toContain("removed  report.txt  task report made it");
  expect((await rig.run("clean")).code).toBe(0);
  expect(rig.read("data/raw.csv")).toBe("precious\n");
});

test("a former output that a set now matches is a member of it in the same run", async () => {
  rig.manifest(DOWNLOAD);
  rig.write("data/mine.csv", "mine\n");
  await rig.run("run");
  rig.manifest('export const report = task(sh`cat ${files("data/*.csv")} > ${out("report.txt")}`);');
  expect((await rig.run("run")).code).toBe(0);
  expect(rig.read("report.txt")).toBe("mine\nprecious\n");
  expect((await rig.run("run")).stdout).toContain("fresh 1");
});

test("the outputs of a former each stay when a new each reads them", async () => {
  rig.manifest('export const made = each(files("in/*"), (f) => task(sh`cp ${f} ${out(`data/${f.stem}.csv`)}`));');
  rig.write("in/a", "a\n");
  rig.write("in/b", "b\n");
  await rig.run("run");
  rig.manifest('export const copy = each(files("data/*.csv"), (f) => task(sh`cp ${f} ${out(`copy/${f.stem}`)}`));');
  expect((await rig.run("run")).code).toBe(0);
  expect([rig.read("data/a.csv"), rig.read("copy/a"), rig.read("copy/b")]).toEqual(["a\n", "a\n", "b\n"]);
});

test("the output of a unit whose element is gone is removed, although a set would match it", async () => {
  rig.manifest(
    'export const made = each(files("in/*"), (f) => task(sh`cp ${f} ${out(`data/${f.stem}.csv`)}`));\n' +
      'export const lint = task(sh`true`, { inputs: [files("**/*.csv", { allowEmpty: true })] });',
  );
  rig.write("in/a", "a\n");
  rig.write("in/b", "b\n");
  await rig.run("run");
  rig.remove("in/b");
  const { stdout } = await rig.run("run");
  expect(stdout).toContain("removed  data/b.csv");
  expect([rig.exists("data/a.csv"), rig.exists("data/b.csv")]).toEqual([true, false]);
});

test("a former output that the manifest imports, or reads a file of, stays", async () => {
  rig.manifest(
    'export const gen = task(sh`mkdir -p gen; echo "export const name = 1;" > ${out("gen/", "d")}/m.ts`);\n' +
      'export const conf = task(sh`echo "export const n = 1;" > ${out("conf.ts")}`);',
  );
  expect((await rig.run("run")).code).toBe(0);
  rig.write(
    "pipeline.ts",
    'import { file, out, sh, task } from "inc-run";\nimport { n } from "./conf.ts";\n' +
      'export const t = task(sh`cat ${file("gen/m.ts")} > ${out(`o${n}`)}`);\n',
  );
  expect((await rig.run("run")).code).toBe(0);
  expect([rig.exists("gen/m.ts"), rig.exists("conf.ts"), rig.exists("o1")]).toEqual([true, true, true]);
});

test("a run prints every removal; a dry run prints them and removes nothing", async () => {
  rig.manifest(DOWNLOAD);
  await rig.run("run");
  rig.manifest('export const other = task(sh`echo > ${out("o")}`);');
  expect((await rig.run("run", "-n")).stdout).toContain("would remove data/raw.csv  task download made it");
  expect(rig.exists("data/raw.csv")).toBe(true);
  const json = (await rig.run("run", "--json")).stdout;
  expect(json).toContain('{"kind":"output-removed","path":"data/raw.csv","task":"download","dry":false}');
  expect(rig.exists("data/raw.csv")).toBe(false);
});

test("files that git tracks stay whatever GIT_DIR says, also in a repository inside the workspace", async () => {
  const git = (cwd: string, ...args: string[]) => execFileSync("git", args, { cwd, stdio: "ignore" });
  mkdirSync(rig.path("other"));
  git(rig.path("other"), "init");
  git(rig.root, "init");
  mkdirSync(rig.path("sub"));
  git(rig.path("sub"), "init");
  rig.manifest(
    'export const t = task(sh`echo > ${out("kept", "k")}; echo > ${out("sub/kept", "s")}; echo > ${out("gone", "g")}`);',
  );
  await rig.run("run");
  git(rig.root, "add", "kept");
  git(rig.path("sub"), "add", "kept");
  rig.manifest('export const other = task(sh`echo > ${out("o")}`);');
  const env = { GIT_DIR: rig.path("other/.git"), GIT_WORK_TREE: rig.path("other"), GIT_INDEX_FILE: "/nowhere" };
  const { stdout } = await rig.start(["run"], { env }).ended;
  expect([rig.exists("kept"), rig.exists("sub/kept"), rig.exists("gone")]).toEqual([true, true, false]);
  expect(stdout).toContain('warning INC4308: "kept", which task "t" made, is left in place: git tracks it');
});

test("an output that another manifest makes is refused, with both names, until that manifest is gone", async () => {
  const body = (text: string) =>
    `import { out, sh, task } from "inc-run";\nexport const t = task(sh\`mkdir -p b; echo ${text} > \${out("b/o")}\`);\n`;
  rig.write("one.ts", body("one"));
  rig.write("two.ts", body("two"));
  expect((await rig.run("run", "one.ts")).code).toBe(0);
  for (const args of [
    ["run", "two.ts"],
    ["run", "-n", "two.ts"],
  ]) {
    const { code, stderr } = await rig.run(...args);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(
        'error INC2530: "b/o" is made by two manifests: by task "t" of "two.ts" and by task "t" of "one.ts"',
      ),
    ]);
  }
  expect(rig.read("b/o")).toBe("one\n");
  rig.remove("one.ts");
  expect((await rig.run("run", "two.ts")).code).toBe(0);
  expect(rig.read("b/o")).toBe("two\n");
});

test("two projects with one INC_DIR do not take each other's files for their own", async () => {
  const store = `${rig.root}.store`;
  const env = { INC_DIR: store };
  const other = await Rig.create('export const t = task(sh`cat ${files("*.txt")} > ${out("all")}`);');
  try {
    rig.manifest('export const t = task(sh`echo hello > ${out("hello.txt")}`);');
    expect((await rig.start(["run"], { env }).ended).code).toBe(0);
    other.write("hello.txt", "hello\n");
    other.write("x.txt", "x\n");
    expect((await other.start(["run"], { env }).ended).code).toBe(0);
    expect([other.read("hello.txt"), other.read("all")]).toEqual(["hello\n", "hello\nx\n"]);
    expect((await rig.start(["run"], { env }).ended).stdout).toContain("fresh 1");
    expect((await rig.start(["log", "hello.txt"], { env }).ended).code).toBe(0);
  } finally {
    await other.close();
    execFileSync("rm", ["-r", store]);
  }
});
