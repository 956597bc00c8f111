import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

/** The arguments of the command line: help, task names, paths that stand for tasks, directories, parameters, numbers of jobs. */
let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const inDirectory = (cwd: string, ...args: string[]) => rig.start(args, { cwd, env: { HOME: "/" } }).ended;

test.each([["-h"], ["help"], ["--help"]])("inc %s shows the commands", async (...args) => {
  const { code, stdout, stderr } = await rig.run(...args);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("Run tasks that are not up to date");
});

test.each([
  ["run", "-h"],
  ["help", "run"],
  ["run", "-n", "-h"],
])("inc %s %s shows the flags of a command", async (...args) => {
  const { code, stdout, stderr } = await rig.run(...args);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("--keep-going");
});

test("help behind -- is an argument of the task", async () => {
  rig.manifest("export const t = task(sh`echo`);");
  const { stdout } = await rig.run("run", "t", "--", "-h");
  expect(stdout).toContain("-h");
  expect(stdout).toContain("ran 1");
});

const SITE = `
export const site = task(sh\`mkdir dist; echo 1 > dist/index.html\`, { outputs: { dist: "dist/" } });
export const pack = task(sh\`cat \${site.outputs.dist}/index.html > \${out("out/site.tar.gz")}\`);
export const other = task(sh\`echo > \${out("sub/site.tar.gz")}\`);
export const docs = each(["a"], (name) => task(sh\`echo > \${out(\`docs/\${name}.html\`)}\`));`;

test("a path names the task that makes it", async () => {
  rig.manifest(SITE);
  expect(await rig.results("out/site.tar.gz")).toEqual(["pack: ran", "site: ran"]);
  expect(await rig.results("./docs/a.html")).toEqual(["docs[a]: ran"]);
  expect(await rig.results("-f", "dist/")).toEqual(["site: ran"]);
  expect(await rig.results("-f", "dist/index.html")).toEqual(["site: ran"]);
});

test("a path is resolved from the current directory first, then from the workspace", async () => {
  rig.manifest(`${SITE}
export const top = task(sh\`echo > \${out("site.tar.gz")}\`);`);
  rig.write("sub/x", "");
  expect((await inDirectory("sub", "run", "site.tar.gz")).stdout).toContain("ran      other");
  // The same argument names another task here, so the snapshot of the previous request does not apply.
  expect((await inDirectory(".", "run", "site.tar.gz")).stdout).toContain("ran      top");
  expect((await inDirectory("sub", "run", "out/site.tar.gz")).stdout).toContain("ran      pack");
  expect((await inDirectory("sub", "run", "site.tar.gz")).stdout).toContain("fresh 1");
});

test("a path that no task makes is an error", async () => {
  rig.manifest(SITE);
  expect((await rig.run("run", "out/site.tar.gx")).stderr).toMatchInlineSnapshot(`
    "error INC1001: no task is named "out/site.tar.gx", and none makes it
      help: did you mean "out/site.tar.gz"?
    "
  `);
  expect((await rig.run("run", "nowhere/at/all")).stderr).toMatchInlineSnapshot(`
    "error INC1001: no task is named "nowhere/at/all", and none makes it
      help: inc list shows the tasks of this pipeline
    "
  `);
});

test("naming a module that a task makes runs that task and does not evaluate the module as a manifest", async () => {
  rig.manifest(`export const bundle = task(sh\`echo 'console.log("evaluated")' > \${out("dist/main.js")}\`);`);
  rig.write("other.mjs", 'console.log("evaluated");\n');
  rig.write("sub/x", "");
  for (const [cwd, path] of [
    [".", "dist/main.js"],
    [".", "./dist/main.js"],
    ["sub", "dist/main.js"],
    ["sub", "../dist/main.js"],
  ] as const) {
    const { stdout, stderr } = await inDirectory(cwd, "run", "-f", path);
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^ran {6}bundle /), ""]);
  }
  expect((await rig.run("why", "dist/main.js")).stdout).toMatch(/^bundle: fresh/);
  expect((await rig.run("run", "other.mjs")).stderr).toMatchInlineSnapshot(`
    "error INC1001: there is no task "other.mjs"
      help: "other.mjs" is not a manifest: it imports nothing from "inc-run"
    "
  `);
  rig.write("unreadable.mjs", "");
  rig.asUser();
  execFileSync("chmod", ["000", rig.path("unreadable.mjs")]);
  expect((await rig.run("run", "unreadable.mjs")).stderr).toMatch(/^error INC1001: /);
  // A manifest may have any name.
  rig.write("two.mts", 'import { sh, task } from "inc-run";\nexport const t = task(sh`true`);\n');
  expect((await rig.run("run", "two.mts")).stdout).toMatch(/^ran {6}t /);
});

test("a data file is not taken for a directory with a manifest", async () => {
  rig.write("sub/pipeline.ts", 'import { sh, task } from "inc-run";\nexport const t = task(sh`true`);\n');
  rig.write("sub/in.csv", "1\n");
  expect((await rig.run("run", "sub/in.csv")).stderr).toContain("error INC1002: no pipeline.ts in ");
  rig.manifest("export const t = task(sh`true`);");
  expect((await rig.run("run", "sub/in.csv")).stderr).toMatchInlineSnapshot(`
    "error INC1001: no task is named "sub/in.csv", and none makes it
      help: inc list shows the tasks of this pipeline
    "
  `);
});

test("inc run takes a directory with a manifest", async () => {
  rig.write("sub/pipeline.ts", 'import { sh, task } from "inc-run";\nexport const t = task(sh`true`);\n');
  for (const typed of [["sub"], ["sub/"], ["sub", "t"], ["./sub"]]) {
    const { code, stdout } = await rig.run("run", "-f", ...typed);
    expect([typed, code, stdout]).toEqual([typed, 0, expect.stringContaining("ran 1")]);
  }
  rig.manifest("export const t = task(sh`true`);");
  expect((await rig.run("run", "sub")).stderr).toMatchInlineSnapshot(`
    "error INC1001: there is no task "sub"
      help: "sub" is a directory with its own manifest: write sub/ to name that
    "
  `);
});

test("a required parameter is required only by tasks that depend on it", async () => {
  rig.manifest(`
const n = param("n", { type: "number" });
export const a = task(sh\`echo \${n} > \${out("a")}\`);
export const b = task(sh\`echo > \${out("b")}\`);
export const c = task(sh\`cat \${a} > \${out("c")}\`);
export const d = task(sh\`true\`, { env: { N: n } });`);
  expect((await rig.run("run", "b")).stdout).toContain("ran 1");
  expect((await rig.run("run", "b")).stdout).toContain("fresh 1");
  for (const name of ["c", "d"]) {
    const { code, stderr } = await rig.run("run", name);
    expect([code, stderr]).toEqual([2, expect.stringContaining('INC2011: the parameter "n" is required')]);
  }
  expect(await rig.results("--param", "n=5")).toEqual(["a: ran", "c: ran", "d: ran"]);
  expect((await rig.run("run", "b", "--param", "n=x")).stderr).toContain("INC2521");
});

test("an unknown parameter of one letter gets no other letter as a suggestion", async () => {
  rig.manifest('export const t = task(sh`echo ${param("b", 1)} ${param("region", "eu")}`);');
  expect((await rig.run("run", "--param", "N=5")).stderr).toMatchInlineSnapshot(`
    "error INC2520: there is no parameter "N"
      help: it has b, region
    "
  `);
  expect((await rig.run("run", "--param", "B=5")).stderr).toContain('did you mean "b"?');
  expect((await rig.run("run", "--param", "regoin=us")).stderr).toContain('did you mean "region"?');
});

test("an invalid number of jobs is refused even if everything is fresh", async () => {
  rig.manifest("export const t = task(sh`true`);");
  await rig.run("run");
  expect((await rig.run("run", "-j", "2")).stdout).toContain("fresh 1");
  for (const jobs of ["x", "0", "-1", ""]) {
    const { code, stderr } = await rig.run("run", `--jobs=${jobs}`);
    expect([jobs, code, stderr]).toEqual([jobs, 2, expect.stringContaining("is not a number of jobs")]);
  }
  const { code, stderr } = await rig.start(["run"], { env: { INC_JOBS: "many" } }).ended;
  expect([code, stderr]).toEqual([2, expect.stringContaining('"many" is not a number of jobs')]);
});

test("list and status show units; status shows which tasks are fresh", async () => {
  rig.manifest(SITE);
  await rig.run("run", "docs", "pack");
  expect((await rig.run("list", "--units")).stdout).toContain("docs[a]");
  expect((await rig.run("list", "docs")).stdout).toBe("docs[a]\n");
  expect((await rig.run("list")).stdout).toContain("docs   1 unit");
  const all = (await rig.run("status", "--all")).stdout;
  expect(all).toContain("fresh         docs[a]");
  expect(all).toContain("would-run     other");
  expect((await rig.run("status", "docs")).stdout).toContain("fresh         docs[a]");
  expect((await rig.run("status")).stdout).not.toContain("docs[a]");
});

test("the message about a missing output does not suggest another task's output", async () => {
  rig.manifest(`
export const a = task(sh\`echo > \${out("build/part1.txt")}\`);
export const b = task(sh\`cat \${a}; true\`, { outputs: { o: "build/part2.txt" } });`);
  expect((await rig.run("run")).stdout).toContain("help: let the command write to it, or remove it from the outputs");
});
