import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("what symlinks in an input directory lead to is a part of it: files, directories, and back to itself", async () => {
  rig.write("ext/x", "1\n");
  rig.write("other/y", "1\n");
  mkdirSync(rig.path("in"));
  symlinkSync("../ext", rig.path("in/l"));
  symlinkSync("../other/y", rig.path("in/f"));
  symlinkSync("..", rig.path("ext/up"));
  symlinkSync("../in", rig.path("in/self"));
  rig.manifest(`export const g = task(sh\`cat in/l/x in/f > \${out("b/g.txt")}\`, { inputs: [file("in")] });`);
  expect(await rig.results()).toEqual(["g: ran"]);
  expect(await rig.results()).toEqual([]);
  rig.write("ext/x", "2\n");
  expect(await rig.results()).toEqual(["g: ran"]);
  rig.write("other/y", "2\n");
  expect(await rig.results()).toEqual(["g: ran"]);
  expect(rig.read("b/g.txt")).toBe("2\n2\n");
  expect((await rig.run("run")).stdout).toMatch(/^ran 0, restored 0, fresh 1, /);
});

test("an output directory with symlinks in it stays fresh when what they lead to changes", async () => {
  rig.write("ext/x", "1\n");
  rig.manifest(`export const g = task(sh\`mkdir -p \${out("b/")}; ln -s ../ext b/l\`);`);
  expect(await rig.results()).toEqual(["g: ran"]);
  rig.write("ext/x", "2\n");
  expect(await rig.results()).toEqual([]);
});

test("arguments behind -- reach a task that is fresh without them", async () => {
  rig.manifest("export const v = task(sh`echo hi`);");
  await rig.run("run", "v");
  expect((await rig.run("run", "v", "--", "a", "b c")).stdout).toContain("  hi a b c\n");
  expect((await rig.run("run", "v")).stdout).toMatch(/^ran 0, restored 0, fresh 1/);
});

test("what reads the files that a task changes in place waits for it", async () => {
  rig.write("fm/x", "a\n");
  rig.manifest(`
export const lint = task(sh\`grep -q b fm/x\`, { inputs: [files("fm/*")] });
export const fmt = task(sh\`sed -i s/a/b/ fm/x\`, { inputs: [file("fm/x")], mutates: ["fm/"] });
`);
  const first = await rig.run("run", "-j", "4");
  expect([first.code, first.stdout]).toEqual([0, expect.stringMatching(/ran 2, restored 0, fresh 0, failed 0 in/)]);
  rig.write("fm/x", "a\n");
  expect(await rig.results("lint")).toEqual(["lint: failed"]);
});

test("two tasks that change the same files go one after the other, as the manifest has them", async () => {
  rig.write("a.txt", "x\n");
  rig.manifest(`
export const one = task(sh\`echo one >> a.txt\`, { mutates: ["a.txt"] });
export const two = task(sh\`echo two >> a.txt\`, { mutates: ["a.txt"] });
`);
  await rig.run("run", "-j", "4");
  expect(rig.read("a.txt")).toBe("x\none\ntwo\n");
});

test("a secret that a command prints is kept and shown nowhere", async () => {
  rig.manifest(`
export const s = task(sh\`echo "tok=$T"; printf '%s' "$T$T"\`, { env: { T: env("T", { secret: true }) } });
export const f = task(sh\`echo "tok=$T"; exit 3\`, { env: { T: env("T", { secret: true }) }, after: [s] });
`);
  const env = { T: "sEcReT123" };
  const { stdout, stderr } = await rig.start(["run", "-k"], { env }).ended;
  expect(stdout + stderr).toContain("tok=***\n  ******");
  const json = await rig.start(["run", "--json", "--output-logs=full"], { env }).ended;
  expect(stdout + stderr + json.stdout + rig.storeText()).not.toContain("sEcReT123");
});

test("the dependent of a cancelled task is cancelled too, and a cancelled attempt is no failure the next time", async () => {
  rig.manifest(`
export const a = task(sh\`${rig.held("a")}; echo 1 > \${out("b/a")}\`);
export const b = task(sh\`cat \${a} > \${out("b/b")}\`);
`);
  const running = rig.start(["run"]);
  await rig.waitFor("a");
  running.child.kill("SIGINT");
  expect((await running.ended).stdout).toMatch(/^skipped {2}b {2}cancelled$/m);
  expect((await rig.run("run", "-n")).stdout).toMatch(/^would-run +a +never ran before$/m);
});

test("git's ignore files above the workspace, and the repository's own, count", async () => {
  const git = (...args: string[]) => spawnSync("git", args, { cwd: rig.root });
  git("init", "-q");
  rig.write(".gitignore", "p*.txt\n/sub/src/q.txt\n");
  rig.write(".git/info/exclude", "r.txt\n");
  rig.write("sub/package.json", "{}");
  for (const name of ["p", "q", "r", "s"]) rig.write(`sub/src/${name}.txt`, `${name}\n`);
  rig.write(
    "sub/pipeline.ts",
    'import { files, out, sh, task } from "inc-run";\n' +
      'const src = files("src/*.txt", { gitignore: true });\n' +
      'export const all = task(sh`cat ${src} > ${out("b/all")}`);\n',
  );
  expect((await rig.start(["run"], { cwd: "sub" }).ended).code).toBe(0);
  expect(rig.read("sub/b/all")).toBe("s\n");
  rig.write(".gitignore", "p*.txt\n");
  await rig.start(["run"], { cwd: "sub" }).ended;
  expect(rig.read("sub/b/all")).toBe("q\ns\n");
});

test("someone's file at an output is kept with a word", async () => {
  rig.write("b/f", "precious\n");
  rig.manifest(`export const t = task(sh\`echo 1 > \${out("b/f")}\`);`);
  const { stderr, stdout } = await rig.run("run");
  expect(stdout + stderr).toContain(
    'warning INC4211: "b/f", which task "t" makes, held something that inc did not write\n' +
      "  note: it was kept as b/f@1 before it was replaced\n" +
      "  help: to have it back: inc get b/f@1 -o FILE\n",
  );
});
