import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const UPPER_TWICE = `
export const upper = task(sh\`tr a-z A-Z < \${file("in.txt")} > \${out("build/upper.txt")}\`);
export const twice = task(sh\`cat \${upper} \${upper} > \${out("build/twice.txt")}\`);
`;

test("the first run runs everything, the next one nothing", async () => {
  rig.write("in.txt", "hello\n");
  rig.manifest(UPPER_TWICE);
  expect(await rig.results()).toEqual(["twice: ran", "upper: ran"]);
  expect(rig.read("build/twice.txt")).toBe("HELLO\nHELLO\n");
  expect(await rig.results()).toEqual([]);
  expect((await rig.run("run")).stdout).toMatch(/^ran 0, restored 0, fresh 2, failed 0 in /);
});

test("an edit reruns the tasks that depend on it, and undoing it restores without running", async () => {
  rig.write("in.txt", "a\n");
  rig.manifest(UPPER_TWICE);
  await rig.run("run");
  rig.write("in.txt", "b\n");
  expect(await rig.results()).toEqual(["twice: ran", "upper: ran"]);
  rig.write("in.txt", "a\n");
  expect(await rig.results()).toEqual(["twice: restored", "upper: restored"]);
  expect(rig.read("build/twice.txt")).toBe("A\nA\n");
});

test("early cutoff: a rerun with the same result stops there", async () => {
  rig.write("in.txt", "a\n");
  rig.manifest(UPPER_TWICE);
  await rig.run("run");
  rig.write("in.txt", "A\n");
  expect(await rig.results()).toEqual(["upper: ran"]);
});

test("a touch changes nothing", async () => {
  rig.write("in.txt", "a\n");
  rig.manifest(UPPER_TWICE);
  await rig.run("run");
  rig.write("in.txt", "a\n");
  expect(await rig.results()).toEqual([]);
});

test("deleted outputs are restored", async () => {
  rig.write("in.txt", "a\n");
  rig.manifest(UPPER_TWICE);
  await rig.run("run");
  rig.remove("build");
  expect(await rig.results()).toEqual(["twice: restored", "upper: restored"]);
  expect(rig.read("build/upper.txt")).toBe("A\n");
});

test("an edited output is restored, even if no task reads it", async () => {
  rig.write("in.txt", "a\n");
  rig.manifest(UPPER_TWICE);
  await rig.run("run");
  await rig.run("run");
  rig.write("build/twice.txt", "mine\n");
  expect(await rig.results()).toEqual(["twice: restored"]);
  expect(rig.read("build/twice.txt")).toBe("A\nA\n");
});

test("an output keeps its executable bit, and inc notices when it is lost", async () => {
  rig.manifest('export const script = task(sh`o=${out("build/go.sh")}; echo "echo hi" > $o; chmod +x $o`);');
  await rig.run("run");
  rig.write("build/go.sh", rig.read("build/go.sh"), 0o644);
  expect(await rig.results()).toEqual(["script: restored"]);
});

test("a directory is one output: missing files are put back, extra files are removed", async () => {
  rig.manifest(
    'export const d = task(sh`o=${out("build/d/")}; mkdir -p $o/sub $o/empty; echo a > $o/a; echo b > $o/sub/b; ln -s a $o/link`);',
  );
  await rig.run("run");
  rig.remove("build/d/sub");
  rig.write("build/d/extra", "x");
  expect(await rig.results()).toEqual(["d: restored"]);
  expect(rig.read("build/d/sub/b")).toBe("b\n");
  expect(rig.read("build/d/link")).toBe("a\n");
  expect(rig.exists("build/d/empty")).toBe(true);
  expect(rig.exists("build/d/extra")).toBe(false);
  expect(await rig.results()).toEqual([]);
});

test("a new file runs one unit, an edited file reruns one, the outputs of a removed file's unit are removed", async () => {
  rig.write("data/a.txt", "a\n");
  rig.write("data/b.txt", "b\n");
  rig.manifest('export const copy = each(files("data/*.txt"), (f) => task(sh`cp ${f} ${out(`build/${f.name}`)}`));');
  expect(await rig.results()).toEqual(["copy[a.txt]: ran", "copy[b.txt]: ran"]);
  rig.write("data/c.txt", "c\n");
  expect(await rig.results()).toEqual(["copy[c.txt]: ran"]);
  rig.write("data/a.txt", "A\n");
  expect(await rig.results()).toEqual(["copy[a.txt]: ran"]);
  rig.remove("data/b.txt");
  expect(await rig.results()).toEqual([]);
  expect(rig.exists("build/b.txt")).toBe(false);
  expect(rig.exists("build/a.txt")).toBe(true);
});

test("the outputs of a removed task are removed, unless they were edited", async () => {
  rig.manifest(
    'export const a = task(sh`echo a > ${out("build/a")}`); export const b = task(sh`echo b > ${out("build/b")}`); export const c = task(sh`echo c > ${out("build/c")}`);',
  );
  await rig.run("run");
  rig.write("build/b", "mine\n");
  rig.manifest('export const c = task(sh`echo c > ${out("build/c")}`);');
  const { stdout } = await rig.run("run");
  expect(stdout).toContain("build/b");
  expect(rig.exists("build/a")).toBe(false);
  expect(rig.read("build/b")).toBe("mine\n");
});

test("inc run with a task name runs it and the tasks that it needs, and removes nothing", async () => {
  rig.manifest(
    'export const a = task(sh`echo a > ${out("build/a")}`); export const b = task(sh`echo b > ${out("build/b")}`);',
  );
  await rig.run("run");
  rig.manifest('export const b = task(sh`echo B > ${out("build/b")}`);');
  expect(await rig.results("b")).toEqual(["b: ran"]);
  expect(rig.exists("build/a")).toBe(true);
});

test("a parameter reaches the command, and only the tasks that use it rerun", async () => {
  rig.manifest(
    'const region = param("region", "eu", { choices: ["eu", "us"] }); export const r = task(sh`echo ${region} > ${out("build/r")}`); export const o = task(sh`echo o > ${out("build/o")}`);',
  );
  await rig.run("run");
  expect(await rig.results("--param", "region=us")).toEqual(["r: ran"]);
  expect(rig.read("build/r")).toBe("us\n");
  expect(await rig.results()).toEqual(["r: restored"]);
});

test("tasks see only declared environment variables, and rerun when one changes", async () => {
  rig.manifest(
    'export const t = task(sh`echo "[$SEEN][$HIDDEN]" > ${out("build/t")}`, { env: { SEEN: env("SEEN") } });',
  );
  await rig.start(["run"], { env: { SEEN: "1", HIDDEN: "2" } }).ended;
  expect(rig.read("build/t")).toBe("[1][]\n");
  const next = await rig.start(["run", "--json"], { env: { SEEN: "3" } }).ended;
  expect(next.stdout).toContain('"aspect":"env","name":"SEEN"');
  expect(rig.read("build/t")).toBe("[3][]\n");
});

test("a task reruns when its secret changes, and the secret is neither stored nor printed", async () => {
  rig.manifest(
    'export const t = task(sh`printf %s "$TOKEN" | wc -c > ${out("build/t")}`, { env: { TOKEN: env("TOKEN", { secret: true }) } });',
  );
  const first = await rig.start(["run", "--json"], { env: { TOKEN: "hunter2secret" } }).ended;
  expect(rig.read("build/t").trim()).toBe("13");
  const again = await rig.start(["run", "--json"], { env: { TOKEN: "another-one" } }).ended;
  expect(rig.read("build/t").trim()).toBe("11");
  expect(first.stdout + again.stdout).not.toMatch(/hunter2secret|another-one/);
  expect(rig.storeText()).not.toMatch(/hunter2secret|another-one/);
});

test("a task that always runs still allows early cutoff; a manual task runs only by its name", async () => {
  rig.manifest(
    'export const stamp = task(sh`echo same > ${out("build/s")}`, { rerun: "always" }); export const use = task(sh`cat ${stamp} > ${out("build/u")}`); export const deploy = task(sh`echo deployed`, { rerun: "manual" });',
  );
  expect(await rig.results()).toEqual(["stamp: ran", "use: ran"]);
  expect(await rig.results()).toEqual(["stamp: ran"]);
  expect(await rig.results("deploy")).toEqual(["deploy: ran"]);
});

test("--force runs a task again, and a different result is reported", async () => {
  rig.manifest('export const now = task(sh`date +%s%N > ${out("build/now")}`);');
  await rig.run("run");
  const { stdout, code } = await rig.run("run", "-f");
  expect(code).toBe(0);
  expect(stdout).toContain('warning INC4205: task "now" made other outputs from the same inputs: build/now');
});

test("--dry changes nothing and says what a run would do", async () => {
  rig.write("in.txt", "a\n");
  rig.manifest(UPPER_TWICE);
  expect(await rig.results("-n")).toEqual(["twice: would-run", "upper: would-run"]);
  expect(rig.exists("build")).toBe(false);
  await rig.run("run");
  rig.remove("build/twice.txt");
  expect(await rig.results("-n")).toEqual(["twice: would-restore"]);
  expect(rig.exists("build/twice.txt")).toBe(false);
});

test("depfiles: headers that a compiler found are inputs, and A→B→A works on them", async () => {
  rig.write("main.c", '#include "answer.h"\nint main(void) { return ANSWER; }\n');
  rig.write("answer.h", "#define ANSWER 0\n");
  rig.manifest(
    'export const o = task(sh`cc -MD -MF ${depfile("build/main.d")} -c ${file("main.c")} -o ${out("build/main.o")}`);',
  );
  expect(await rig.results()).toEqual(["o: ran"]);
  expect(await rig.results()).toEqual([]);
  rig.write("answer.h", "#define ANSWER 3\n");
  expect(await rig.results()).toEqual(["o: ran"]);
  rig.write("answer.h", "#define ANSWER 0\n");
  expect(await rig.results()).toEqual(["o: restored"]);
});

test("a tool is an input", async () => {
  rig.write("bin/hello", "#!/bin/sh\necho one\n", 0o755);
  rig.manifest('const hello = tool("./bin/hello"); export const t = task(sh`${hello} > ${out("build/t")}`);');
  await rig.run("run");
  rig.write("bin/hello", "#!/bin/sh\necho two\n", 0o755);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("build/t")).toBe("two\n");
});

test("arguments behind -- go to the named task", async () => {
  rig.manifest("export const t = task(sh`echo`);");
  expect((await rig.run("run", "t", "--", "a b", "c")).stdout).toContain("  a b c\n");
});

test("--output-logs replays the output of a fresh task", async () => {
  rig.manifest("export const t = task(sh`echo printed`);");
  await rig.run("run");
  expect((await rig.run("run")).stdout).not.toContain("printed");
  expect((await rig.run("run", "--output-logs", "full")).stdout).toContain("printed");
});

test("sh.list passes the members of a set in a file", async () => {
  rig.write("s/a.txt", "a\n");
  rig.write("s/b.txt", "b\n");
  rig.manifest('const s = files("s/*.txt"); export const t = task(sh`xargs cat < ${sh.list(s)} > ${out("build/t")}`);');
  await rig.run("run");
  expect(rig.read("build/t")).toBe("a\nb\n");
});

test("exec runs without a shell and redirects its streams", async () => {
  rig.write("in.txt", "x\n");
  rig.manifest('export const t = task(exec(["cat", "-"], { stdin: file("in.txt"), stdout: out("build/t") }));');
  await rig.run("run");
  expect(rig.read("build/t")).toBe("x\n");
});

test("a manifest in a package of type commonjs works", async () => {
  rig.write("package.json", '{ "type": "commonjs" }');
  rig.manifest('export const t = task(sh`echo hi > ${out("build/t")}`);');
  expect(await rig.results()).toEqual(["t: ran"]);
});

test("INC_DIR moves the store", async () => {
  rig.manifest('export const t = task(sh`echo hi > ${out("build/t")}`);');
  await rig.start(["run"], { env: { INC_DIR: ".cache/store" } }).ended;
  expect(rig.exists(".cache/store/data.mdb")).toBe(true);
  expect(rig.exists(".inc")).toBe(false);
});

test("inc run finds the manifest upward", async () => {
  rig.manifest('export const t = task(sh`echo hi > ${out("build/t")}`);');
  rig.write("deep/down/x", "");
  expect((await rig.start(["run"], { cwd: "deep/down" }).ended).code).toBe(0);
  expect(rig.read("build/t")).toBe("hi\n");
});

test("a task that changes files in place runs once, before the tasks that wait for it", async () => {
  rig.write("src/a.js", "a;   \n");
  rig.manifest(`
export const fmt = task(sh\`echo fmt >> trail; sed -i 's/ *$//' \${files("src/*.js")}\`, { mutates: ["src"] });
export const lint = task(sh\`echo lint >> trail; grep -q ';$' \${files("src/*.js")}\`, { after: [fmt] });
export const bundle = task(sh\`echo bundle >> trail; cat \${files("src/*.js")} > \${out("build/b.js")}\`, { inputs: [lint], after: [fmt] });
`);
  expect(await rig.results()).toEqual(["bundle: ran", "fmt: ran", "lint: ran"]);
  expect(rig.read("build/b.js")).toBe("a;\n");
  expect(rig.read("trail")).toBe("fmt\nlint\nbundle\n");
  expect(await rig.results()).toEqual(["fmt: ran"]);
});
