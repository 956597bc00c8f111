import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("the targets of symlinks in an input directory are part of it: files, directories, and the directory itself", async () => {
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

test("an output directory with symlinks stays fresh when their targets change", async () => {
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

test("a task that reads files which another task changes in place waits for that one", async () => {
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

test("two tasks that change the same files run one after the other, in the order of the manifest", async () => {
  rig.write("a.txt", "x\n");
  rig.manifest(`
export const one = task(sh\`echo one >> a.txt\`, { mutates: ["a.txt"] });
export const two = task(sh\`echo two >> a.txt\`, { mutates: ["a.txt"] });
`);
  await rig.run("run", "-j", "4");
  expect(rig.read("a.txt")).toBe("x\none\ntwo\n");
});

test("a secret that a command prints is neither stored nor shown", async () => {
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

test("sets obey git's ignore files above the workspace, and the repository's own", async () => {
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

test("inc keeps a foreign file at an output as a version and warns", async () => {
  rig.write("b/f", "precious\n");
  rig.manifest(`export const t = task(sh\`echo 1 > \${out("b/f")}\`);`);
  const { stderr, stdout } = await rig.run("run");
  expect(stdout + stderr).toContain(
    'warning INC4211: "b/f", which task "t" makes, contained bytes that inc did not write\n' +
      "  note: it was preserved as b/f@1 before it was replaced\n" +
      "  help: to get it back: inc get b/f@1 -o FILE\n",
  );
});

test("--param sets parameters that only the manifest reads, optional or required", async () => {
  rig.manifest(`
const r = param("r", "x", { choices: ["x", "y"] });
const q = param("q", { type: "boolean" });
export const u = each(r.value === "x" ? ["p", "q"] : ["q"], (k) => task(sh\`echo \${k} \${String(q.value)} > \${out(\`b/\${k}\`)}\`));
`);
  expect(await rig.results("--param", "r=y", "--param", "q=true")).toEqual(["u[q]: ran"]);
  expect((await rig.run("run", "--param", "q=true", "--param", "s=1")).stderr).toContain(
    'error INC2520: there is no parameter "s"\n  help: it has r, q\n',
  );
});

test("a task that read a stale output is decided again in the run that removes it", async () => {
  rig.write("src/a.txt", "a\n");
  rig.write("in/gen", "g\n");
  rig.manifest(`
export const gen = each(files("in/*", { allowEmpty: true }), (f) => task(sh\`cp \${f} \${out(\`src/\${f.stem}.txt\`)}\`));
export const dir = task(sh\`ls \${file("src")} > \${out("b/ls")}\`);
`);
  await rig.run("run");
  rig.remove("in/gen");
  // `dir` is restored if it ran before `gen` in the first run.
  expect(await rig.results()).toEqual([expect.stringMatching(/^dir: (ran|restored)$/)]);
  expect([rig.read("b/ls"), rig.exists("src/gen.txt")]).toEqual(["a.txt\n", false]);
  expect(await rig.results()).toEqual([]);
});

test("a restore does not follow a symlink out of the workspace", async () => {
  rig.manifest(`export const a = task(sh\`echo A > \${out("b/a")}\`);`);
  await rig.run("run");
  rig.remove("b");
  rig.write("elsewhere/a", "keep\n");
  symlinkSync("elsewhere", rig.path("b"));
  const { code, stdout } = await rig.run("run");
  expect([code, rig.read("elsewhere/a")]).toEqual([1, "keep\n"]);
  expect(stdout).toContain('error INC4304: task "a" cannot make "b/a": "b" is a symlink\n');
});

test("a hard link to an input does not count as a change of it", async () => {
  rig.write("in", "1\n");
  rig.manifest(`export const h = task(sh\`ln \${file("in")} \${out("b/h")}\`);`);
  expect(await rig.results()).toEqual(["h: ran"]);
});

test("a failed task is not tried again when another task's input moves", async () => {
  rig.write("in", "1\n");
  rig.manifest(`
export const bad = task(sh\`echo tried >> tries; exit 1\`);
export const moving = task(sh\`${rig.held("moving")}; cat \${file("in")} > \${out("b/m")}\`);
`);
  const running = rig.start(["run", "-k", "-j", "2"]);
  const held = await rig.waitFor("moving");
  await running.printed("failed   bad");
  rig.write("in", "2\n");
  rig.open("moving");
  held.release();
  const { stdout } = await running.ended;
  expect([rig.read("tries"), rig.read("b/m")]).toEqual(["tried\n", "2\n"]);
  expect(stdout.match(/── bad failed/g)).toHaveLength(1);
});

test.each([
  ["an output in the store", `task(sh\`echo > \${out(".inc/x")}\`)`, "INC2525"],
  ["an unknown option", "task(sh`true`, { timout: '3s' } as object)", "INC2022"],
  ["a bad option", "task(sh`true`, { retries: -1 })", "INC2023"],
  ["an unknown pool", "task(sh`true`, { resources: { fpga: 1 } })", "INC2524"],
])("%s is refused", async (_, declaration, code) => {
  rig.manifest(`export const t = ${declaration};`);
  const { code: exit, stderr } = await rig.run("run");
  expect([exit, stderr]).toEqual([2, expect.stringContaining(`error ${code}: `)]);
  expect(stderr).toContain("--> pipeline.ts:2:");
});

test("inc refuses a place that cannot hold a store, and an unknown command", async () => {
  rig.manifest("export const t = task(sh`true`);");
  for (const directory of ["/proc/x", "/dev/null/x", "package.json"]) {
    const { code, stderr } = await rig.start(["run"], { env: { INC_DIR: directory } }).ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining("error INC3005: the store cannot be created")]);
  }
  expect((await rig.run("rn")).stderr).toContain('help: did you mean "inc run"?');
});

test("a reader that closes the pipe ends the report, not the run", async () => {
  rig.manifest(`
export const a = task(sh\`echo a; echo 1 > \${out("b/a")}\`);
export const b = task(sh\`${rig.held("b")}; cat \${a} > \${out("b/b")}; echo b\`);
`);
  const running = rig.start(["run", "--json"]);
  const held = await rig.waitFor("b");
  running.child.stdout?.destroy();
  held.release();
  const { code, stderr } = await running.ended;
  expect([code, stderr, rig.read("b/b")]).toEqual([0, "", "1\n"]);
});

test("a manifest may not print on stdout, exit, wait for ever or fail after it was loaded", async () => {
  const task = 'export const t = task(sh`echo "$V"`, { env: { V: process.env["V"] ?? "" } });';
  rig.manifest(`console.log("noise"); setInterval(() => {}, 1000);\n${task}`);
  const { code, stdout, stderr } = await rig.run("run", "--json");
  expect([code, stderr]).toEqual([0, "noise\n"]);
  expect(() =>
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).not.toThrow();
  rig.manifest(`process.exit(0);\n${task}`);
  expect((await rig.run("run")).stderr).toContain(
    "error INC2001: the manifest called process.exit()\n  --> pipeline.ts:2:9",
  );
  rig.manifest(`await new Promise(() => {});\n${task}`);
  expect((await rig.run("run")).stderr).toContain("error INC2001: the manifest awaits something that never comes\n");
  rig.manifest(`setTimeout(() => { throw new Error("late"); });\nexport const t = task(sh\`${rig.held("t")}\`);`);
  const late = await rig.run("run");
  expect([late.code, late.stderr]).toEqual([2, expect.stringMatching(/^internal error: Error: late\n/)]);
});

test("a manifest that lists the environment variables is evaluated each time", async () => {
  rig.manifest(
    'export const t = task(sh`true`, { description: Object.keys(process.env).filter((n) => n === "NEW").join() });',
  );
  await rig.run("run");
  expect((await rig.start(["list"], { env: { NEW: "1" } }).ended).stdout).toContain("NEW");
});

test("an output gives way to another output at or below its path", async () => {
  rig.manifest(`export const t = task(sh\`echo 1 > \${out("b/x")}\`);`);
  await rig.run("run");
  rig.manifest(`export const t = task(sh\`echo 2 > \${out("b/x/y/z")}\`);`);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("b/x/y/z")).toBe("2\n");
  rig.manifest(`export const t = task(sh\`echo 1 > \${out("b/x")}\`);`);
  expect(await rig.results()).toEqual(["t: restored"]);
  expect(rig.read("b/x")).toBe("1\n");
});

test("the error about a missing module shows the line that imports it", async () => {
  rig.write("lib/x.ts", 'export const a = 1;\nimport "./y.ts";\n');
  rig.manifest('import "./lib/x.ts";\nexport const t = task(sh`true`);');
  expect((await rig.run("run")).stderr).toContain("  --> lib/x.ts:2:11\n");
});
