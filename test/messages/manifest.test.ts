import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { refusal } from "../support/said.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** The exact stderr of bad manifests and arguments, with exit code 2. */
const message = (...args: string[]): Promise<string> => refusal(rig, "run", ...args);

test("a cycle of tasks", async () => {
  rig.manifest(
    'export const a = each(["x"], () => task(sh`cp ${b} ${out("build/a")}`));\nexport const b = task(sh`cat ${a} > ${out("build/b")}`);',
  );
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2002: a cycle: b needs a[x] needs b
      --> pipeline.ts:3:18
    3 | export const b = task(sh\`cat \${a} > \${out("build/b")}\`);
                         ^
      note: "a[x]" is declared here (pipeline.ts:2:36)
      help: remove one of these dependencies, or split the task that both sides need"
  `);
});

test("two tasks with one output", async () => {
  rig.manifest(
    'export const a = task(sh`echo a > ${out("build/x")}`);\nexport const b = task(sh`echo b > ${out("build/x")}`);',
  );
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2004: "build/x" is made by two tasks, "a" and "b"
      --> pipeline.ts:3:37
    3 | export const b = task(sh\`echo b > \${out("build/x")}\`);
                                            ^
      note: task "a" makes it here (pipeline.ts:2:37)
      help: give each a path of its own"
  `);
});

test("an output inside of another task's directory", async () => {
  rig.manifest(
    'export const a = task(sh`mkdir -p ${out("build/")}`);\nexport const b = task(sh`echo b > ${out("build/x")}`);',
  );
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2004: "build/x" of task "b" is inside of "build/" of task "a"
      --> pipeline.ts:3:37
    3 | export const b = task(sh\`echo b > \${out("build/x")}\`);
                                            ^
      note: task "a" makes the directory here (pipeline.ts:2:37)
      help: give each a directory of its own: each would empty the directory of the other"
  `);
});

test("a dependency that is not exported", async () => {
  rig.manifest(
    'const a = task(sh`echo a > ${out("build/a")}`);\nexport const b = task(sh`cat ${a} > ${out("build/b")}`);',
  );
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2508: a task depends on a task that no export reaches
      --> pipeline.ts:3:18
    3 | export const b = task(sh\`cat \${a} > \${out("build/b")}\`);
                         ^
      note: it is declared here (pipeline.ts:2:11)
      help: export it, so that it has a name: export const … = …"
  `);
});

test("a missing file, with a suggestion", async () => {
  rig.manifest(
    'export const clean = task(sh`echo > ${out("data/cleaned.parquet")}`);\nexport const train = task(sh`cat ${file("data/clean.parquet")}`);',
  );
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2003: task "train" reads "data/clean.parquet", but no task makes it and it does not exist
      --> pipeline.ts:3:36
    3 | export const train = task(sh\`cat \${file("data/clean.parquet")}\`);
                                           ^
      note: task "clean" makes "data/cleaned.parquet" (pipeline.ts:2:39)
      help: did you mean "data/cleaned.parquet"?"
  `);
});

test("a source that a task makes", async () => {
  rig.manifest(
    'export const a = task(sh`echo > ${out("build/a")}`);\nexport const b = task(sh`cat ${file("build/a")}`);',
  );
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2517: task "b" names "build/a" as a source, but task "a" makes it
      --> pipeline.ts:3:32
    3 | export const b = task(sh\`cat \${file("build/a")}\`);
                                       ^
      note: task "a" makes it here (pipeline.ts:2:35)
      help: interpolate the task instead, so that it runs first: \${a}"
  `);
});

test("a glob that matches nothing", async () => {
  rig.manifest('export const c = each(files("data/*.csv"), (f) => task(sh`cat ${f}`));');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2503: the set data/*.csv matches nothing, so each() has no units
      --> pipeline.ts:2:23
    2 | export const c = each(files("data/*.csv"), (f) => task(sh\`cat \${f}\`));
                              ^
      help: look for a typing error in the pattern, or say that it may be empty: files(…, { allowEmpty: true })"
  `);
});

test("a path outside the workspace", async () => {
  rig.manifest('export const a = task(sh`cat ${file("../secret")} > ${out("/etc/passwd")}`);');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2502: the output "/etc/passwd" is outside the workspace
      --> pipeline.ts:2:55
    2 | export const a = task(sh\`cat \${file("../secret")} > \${out("/etc/passwd")}\`);
                                                              ^
      help: move the file inside the workspace: the directory of the nearest package.json above the manifest, or of .git
    error INC2502: the file "../secret" is outside the workspace
      --> pipeline.ts:2:32
    2 | export const a = task(sh\`cat \${file("../secret")} > \${out("/etc/passwd")}\`);
                                       ^
      help: move the file inside the workspace: the directory of the nearest package.json above the manifest, or of .git"
  `);
});

test("a bad duration", async () => {
  rig.manifest('export const a = task(sh`true`, { timeout: "2 minutes" });');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2012: a timeout is "2 minutes", which is not a duration
      --> pipeline.ts:2:18
    2 | export const a = task(sh\`true\`, { timeout: "2 minutes" });
                         ^
      help: write a number with a unit: 500ms, 30s, 2m, 1h30m"
  `);
});

test("a bad size", async () => {
  rig.manifest('export const a = task(sh`true`, { resources: { memory: "lots" } });');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2013: the resource "memory" is "lots", which is not a size
      --> pipeline.ts:2:18
    2 | export const a = task(sh\`true\`, { resources: { memory: "lots" } });
                         ^
      help: write a number with a unit: 512MB, 2GiB"
  `);
});

test("a handle used as text", async () => {
  rig.write("a.txt", "");
  rig.manifest('const a = file("a.txt");\nexport const b = task(sh`cat ${a} > ${out(`build/${a}.copy`)}`);');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2010: a file is used as text
      --> pipeline.ts:3:52
    3 | export const b = task(sh\`cat \${a} > \${out(\`build/\${a}.copy\`)}\`);
                                                           ^
      note: it was declared here (pipeline.ts:2:11)
      help: take a part of it: .path, .name, .stem, .ext or .dir"
  `);
});

test("an interpolation inside of quotes, and a set with text attached", async () => {
  rig.write("a.txt", "");
  rig.manifest(
    'const a = files("*.txt");\nexport const b = task(sh`cat "${a}"`);\nexport const c = task(sh`cat --in=${a}`);',
  );
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2510: an interpolation stands inside double quotes
      --> pipeline.ts:3:25
    3 | export const b = task(sh\`cat "\${a}"\`);
                                ^
      note: inc quotes interpolated values itself; inside quotes they would be quoted twice
      help: remove the quotes: sh\`cmd \${it}\`
    error INC2511: the set *.txt is joined to other text, but it expands to several words
      --> pipeline.ts:4:25
    4 | export const c = task(sh\`cat --in=\${a}\`);
                                ^
      help: put spaces around it, or pass a file that lists its members: --in=\${sh.list(set)}"
  `);
});

test("two units with one key", async () => {
  rig.manifest('export const a = each(["x", "x"], (x) => task(sh`echo ${x}`));');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2506: two units have the key "x"
      --> pipeline.ts:2:18
    2 | export const a = each(["x", "x"], (x) => task(sh\`echo \${x}\`));
                         ^
      help: give each() a key that tells them apart: each(items, { key: (item) => item.id }, …)"
  `);
});

test.each(["src/*.@(ts|tsx)", "src/!(*.x).ts", "src/*(a)"])(
  "an extended pattern of bash that matches nothing: %s",
  async (pattern) => {
    rig.manifest(`export const t = task(sh\`cat \${files("${pattern}")} > \${out("out")}\`);`);
    rig.write("src/a.ts", "");
    const { stdout, stderr } = await rig.run("run");
    expect(stdout + stderr).toContain(`help: "${pattern}" is an extended pattern of bash`);
  },
);

test("a set that matches nothing fails the task that reads it", async () => {
  rig.manifest('export const t = task(sh`cat ${files("none/*.csv")}`);');
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain('error INC2503: the set none/*.csv, which task "t" reads, matches nothing');
});

test("a secret that the manifest reads", async () => {
  rig.manifest('export const t = task(sh`echo ${env("TOKEN", { secret: true }).value}`);');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2018: the manifest reads the value of the secret TOKEN
      --> pipeline.ts:2:63
    2 | export const t = task(sh\`echo \${env("TOKEN", { secret: true }).value}\`);
                                                                      ^
      note: it is declared secret here (pipeline.ts:2:33)
      help: values that a manifest reads are stored with its graph: pass the variable to a task instead, env: { TOKEN: handle }"
  `);
});

test("an element of a value as an input", async () => {
  rig.manifest('export const t = task({ inputs: { row: { id: 1 } }, outputs: { o: "b/o" }, run: () => {} });');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2017: the input "row" is not a possible input of a task
      --> pipeline.ts:2:18
    2 | export const t = task({ inputs: { row: { id: 1 } }, outputs: { o: "b/o" }, run: () => {} });
                         ^
      help: use file(), files(), param(), env(), tool(), a task, or one of its outputs
      help: a value that is there already, such as an element of each(), is no input: use it in the function, which captures it"
  `);
});

test("options with unusable values", async () => {
  rig.manifest('export const t = task(sh`true`, { after: ["other"] });');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2017: the input "after" is not a possible input of a task
      --> pipeline.ts:2:18
    2 | export const t = task(sh\`true\`, { after: ["other"] });
                         ^
      help: use file(), files(), param(), env(), tool(), a task, or one of its outputs"
  `);
  rig.manifest('export const t = task(sh`true`, { env: { A: out("a") } });');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2019: the variable A has an unusable value
      --> pipeline.ts:2:18
    2 | export const t = task(sh\`true\`, { env: { A: out("a") } });
                         ^
      help: use text, a number, env() or param(); put a path into the command"
  `);
  rig.manifest('export const t = task("echo");');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2016: the first argument of task() is not a command
      --> pipeline.ts:2:18
    2 | export const t = task("echo");
                         ^
      help: pass a command first: task(sh\`…\`, { … }) or task(exec([…]), { … })
      help: or a function: task({ inputs, outputs, run({ inputs, outputs }) { … } })"
  `);
});
