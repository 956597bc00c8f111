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

test("a manifest that throws", async () => {
  rig.write("pipeline.ts", 'import { sh, task } from "inc-run";\n\nthrow new Error("no luck");\n');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2001: the manifest threw Error: no luck
      --> pipeline.ts:3:7
    3 | throw new Error("no luck");
              ^
      help: inc runs a manifest to read its declarations: correct the code that threw"
  `);
});

test("a manifest that throws a value other than an Error", async () => {
  rig.write("pipeline.ts", 'throw "text";\n');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2001: the manifest threw text
      --> pipeline.ts:1:1
    1 | throw "text";
        ^
      help: throw an Error instead, so that inc can report its line"
  `);
});

test("a syntax error", async () => {
  rig.write("pipeline.ts", 'import { sh } from "inc-run";\nexport const a = ;\n');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2001: the manifest cannot be read: Expression expected
      --> pipeline.ts:2:18
    2 | export const a = ;
                         ^
      help: correct the syntax"
  `);
});

test("a type that Node cannot strip", async () => {
  rig.write("pipeline.ts", "enum Kind { A }\nexport const k = Kind.A;\n");
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2006: Node cannot strip this TypeScript: TypeScript enum is not supported in strip-only mode
      --> pipeline.ts:1:1
    1 | enum Kind { A }
        ^
      note: Node removes types and compiles nothing: enums, namespaces and parameter properties need a compiler
      help: use a const object instead of an enum, and plain fields instead of parameter properties"
  `);
});

test("an import without its extension", async () => {
  rig.write("helpers.ts", "export const x = 1;\n");
  rig.write("pipeline.ts", 'import { x } from "./helpers";\nexport const y = x;\n');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2005: the module "/w/helpers" is not found
      --> pipeline.ts:1:22
    1 | import { x } from "./helpers";
                             ^
      help: check the spelling, and write the extension, as in ./helpers.ts"
  `);
});

test("a package that is not installed", async () => {
  rig.write("pipeline.ts", 'import _ from "no-such-package";\n');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2005: the module "no-such-package" is not found
      --> pipeline.ts:1:16
    1 | import _ from "no-such-package";
                       ^
      help: install it: npm install no-such-package"
  `);
});

test("a type that is imported as a value", async () => {
  rig.write("types.ts", "export type T = string;\nexport const v = 1;\n");
  rig.write("pipeline.ts", 'import { T, v } from "./types.ts";\nexport const y: T = String(v);\n');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2001: "./types.ts" has no export "T"
      --> pipeline.ts:1:10
    1 | import { T, v } from "./types.ts";
                 ^
      help: correct the name, or import a type as a type: import { type T } from "./types.ts""
  `);
});

test("a cycle through modules", async () => {
  rig.write("a.ts", 'import { b } from "./b.ts";\nexport const a = b + 1;\n');
  rig.write("b.ts", 'import { a } from "./a.ts";\nexport const b = a + 1;\n');
  rig.write("pipeline.ts", 'import { a } from "./a.ts";\nexport const y = a;\n');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2007: "a" is used before its module has run: modules import each other in a cycle
      --> b.ts:2:18
    2 | export const b = a + 1;
                         ^
      help: move the code that both need into a third module"
  `);
});

test("no manifest", async () => {
  rig.remove("pipeline.ts");
  expect(await message()).toMatchInlineSnapshot(`
    "error INC1002: no pipeline.ts in "/w" or above it
      help: create one: inc init"
  `);
});

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

test("an unknown task", async () => {
  rig.manifest("export const report = task(sh`true`);");
  expect(await message("reprot")).toMatchInlineSnapshot(`
    "error INC1001: there is no task "reprot"
      help: did you mean "report"?"
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

test("a callback of each that throws", async () => {
  rig.manifest('export const a = each(["x"], () => { throw new Error("oops"); });');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2504: the callback of each() threw for "x": oops
      --> pipeline.ts:2:18
    2 | export const a = each(["x"], () => { throw new Error("oops"); });
                         ^
      help: return a task for every element, or exclude the element"
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

test("parameters that are unknown, missing, or of another type", async () => {
  rig.manifest(
    'const n = param("n", 1); const m = param("must"); const b = param("flag", false);\nexport const t = task(sh`echo ${n} ${m} ${b}`);',
  );
  expect(await message("--param", "mutt=1", "--param", "n=many", "--param", "flag=maybe")).toMatchInlineSnapshot(`
    "error INC2520: there is no parameter "mutt"
      help: did you mean "must"?
    error INC2521: the parameter "n" is a number, and "many" is not
      --> pipeline.ts:2:11
    2 | const n = param("n", 1); const m = param("must"); const b = param("flag", false);
                  ^
      help: give a number
    error INC2011: the parameter "must" is required
      --> pipeline.ts:2:36
    2 | const n = param("n", 1); const m = param("must"); const b = param("flag", false);
                                           ^
      help: set it: inc run --param must=…
    error INC2521: the parameter "flag" is a boolean, and "maybe" is not
      --> pipeline.ts:2:61
    2 | const n = param("n", 1); const m = param("must"); const b = param("flag", false);
                                                                    ^
      help: give true or false"
  `);
});

test("flags and arguments that cannot be used", async () => {
  rig.manifest("export const t = task(sh`true`);");
  expect(await message("--param", "x")).toMatchInlineSnapshot(`
    "error INC1003: "--param x" cannot be used
      help: write it as --param name=value"
  `);
  expect(await message("-j", "many")).toMatchInlineSnapshot(`
    "error INC1003: "many" is not a number of jobs
      help: give a whole number, such as 4, or a share of the cores, such as 50%"
  `);
  expect(await message("--lock-wait", "soon")).toMatchInlineSnapshot(`
    "error INC1003: "--lock-wait soon" cannot be used
      help: use a duration, such as 30s or 5m, or 0"
  `);
  expect(await message("--", "extra")).toMatchInlineSnapshot(`
    "error INC1003: "-- extra" cannot be used
      help: name the task that takes these arguments: inc run TASK -- args"
  `);
  expect(await message("--no-such-flag")).toMatchInlineSnapshot(`
    "error INC1003: Nonexistent flag: --no-such-flag
      help: inc run --help shows its flags"
  `);
  expect(await message("--output-logs", "some")).toMatchInlineSnapshot(`
    "error INC1003: Expected --output-logs=some to be one of: full, new-only, errors-only, none, stream
      help: inc run --help shows its flags"
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
      help: pass a command first: task(sh\`…\`, { … }) or task(exec([…]), { … })"
  `);
});
