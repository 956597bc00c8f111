import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { refusal } from "../support/said.ts";

/** The exact messages about manifests that cannot be loaded, with what to write instead. */
let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

async function message(manifest: string): Promise<string> {
  rig.write("pipeline.ts", manifest);
  return refusal(rig, "run");
}

const IMPORT = 'import { sh, task } from "inc-run";\n';

test("the wrong package name", async () => {
  expect(
    await message(`${IMPORT}import { file } from "inc";\nexport const a = task(sh\`cat \${file("x")}\`);\n`),
  ).toMatchInlineSnapshot(`
    "error INC2005: the package of a manifest is "inc-run", not "inc"
      --> pipeline.ts:2:23
    2 | import { file } from "inc";
                              ^
      help: import from "inc-run"; no installation is needed"
  `);
  rig.write("node_modules/inc/package.json", '{ "name": "inc", "main": "index.js" }');
  rig.write("node_modules/inc/index.js", "export const increment = 1;\n");
  expect(await message('import { sh, task } from "inc";\nexport const a = task(sh`true`);\n')).toMatchInlineSnapshot(`
    "error INC2005: the package of a manifest is "inc-run", not "inc"
      --> pipeline.ts:1:10
    1 | import { sh, task } from "inc";
                 ^
      help: import from "inc-run"; no installation is needed"
  `);
});

test("imports of data", async () => {
  rig.write("conf/p.json", '{ "a": 1 }');
  expect(
    await message(`${IMPORT}import p from "./conf/p.json";\nexport const a = task(sh\`echo \${p.a}\`);\n`),
  ).toMatchInlineSnapshot(`
    "error INC2008: "p.json" is JSON, but is imported as a module
      --> pipeline.ts:2:23
    2 | import p from "./conf/p.json";
                              ^
      help: write from "./conf/p.json" with { type: "json" }, or read it: read.json("./conf/p.json")"
  `);
  rig.write("conf/p.json", '{ "a": 1, }');
  expect(
    await message(
      `${IMPORT}import p from "./conf/p.json" with { type: "json" };\nexport const a = task(sh\`echo \${p.a}\`);\n`,
    ),
  ).toMatchInlineSnapshot(`
    "error INC2001: "p.json" is not valid JSON: Expected double-quoted property name in JSON at position 10
      --> conf/p.json:1:11
    1 | { "a": 1, }
                  ^
      help: correct the file"
  `);
  rig.write("p.yaml", "a: 1\n");
  expect(
    await message(`${IMPORT}import p from "./p.yaml";\nexport const a = task(sh\`echo \${p.a}\`);\n`),
  ).toMatchInlineSnapshot(`
    "error INC2008: "p.yaml" is imported, but is not a module
      --> pipeline.ts:2:18
    2 | import p from "./p.yaml";
                         ^
      help: read it: read.yaml("./p.yaml")"
  `);
});

test("a variable of the shell in a template", async () => {
  expect(
    await message(`${IMPORT}export const a = task(sh\`\nfor f in *; do\n  echo \${f}\ndone\`);\n`),
  ).toMatchInlineSnapshot(`
    "error INC2001: the manifest threw ReferenceError: f is not defined
      --> pipeline.ts:4:10
    4 |   echo \${f}
                 ^
      help: in a template, JavaScript replaces \${…}: for a variable of the shell write $f or \\\${f}"
  `);
});

test.each(["${f%.txt}", "${f:-x}", "${f##*/}", "${#f}", "${f/a/b}", "${@}", "${f[@]}", "${#f[@]}"])(
  "an expansion of the shell in a template: %s",
  async (expansion) => {
    const text = await message(`${IMPORT}export const a = task(sh\`echo ${expansion}\`);\n`);
    expect(text).toContain("--> pipeline.ts:2:3");
    expect(text).toContain(
      `help: in a template, JavaScript replaces \${…}: for an expansion of the shell write \\${expansion}`,
    );
  },
);

test("an error in an expression of a template that has nothing to do with the shell", async () => {
  expect(await message(`${IMPORT}export const a = task(sh\`echo \${1 +}\`);\n`)).toContain("help: correct the syntax");
});

test("backticks in a template", async () => {
  expect(await message(`${IMPORT}export const a = task(sh\`echo \`hostname\` \`);\n`)).toMatchInlineSnapshot(`
    "error INC2001: the manifest cannot be read: Expected ',', got 'ident'
      --> pipeline.ts:2:32
    2 | export const a = task(sh\`echo \`hostname\` \`);
                                       ^
      help: check the backticks: the template may not be closed, or a backtick is meant for the shell, which is written \\\` or $(…)"
  `);
  expect(await message(`${IMPORT}export const a = task(sh\`echo);\n`)).toContain("help: check the backticks");
});

test("a name declared twice", async () => {
  expect(
    await message(`${IMPORT}const a = 1;\nconst ab = a;\nconst a = 2;\nexport const b = task(sh\`true\`);\n`),
  ).toMatchInlineSnapshot(`
    "error INC2001: the manifest cannot be read: Identifier 'a' has already been declared
      --> pipeline.ts:4:7
    4 | const a = 2;
              ^
      help: correct the syntax"
  `);
});

test("a syntax error points at its place", async () => {
  expect(await message(`${IMPORT}export const a = task(sh\`true\`;\n`)).toMatchInlineSnapshot(`
    "error INC2001: the manifest cannot be read: Expected ',', got ';'
      --> pipeline.ts:2:31
    2 | export const a = task(sh\`true\`;
                                      ^
      help: correct the syntax"
  `);
});

test("files that the manifest reads", async () => {
  const reading = (call: string): string =>
    `import { read, sh, task } from "inc-run";\nconst p = ${call};\nexport const a = task(sh\`echo \${String(p)}\`);\n`;
  expect(await message(reading('read.text("none.txt")'))).toMatchInlineSnapshot(`
    "error INC2009: the manifest reads "none.txt", which cannot be read (ENOENT)
      --> pipeline.ts:2:16
    2 | const p = read.text("none.txt");
                       ^
      help: create the file, or correct its path, which is relative to the manifest"
  `);
  rig.write("p.yaml", "a: 1\nb: [\n");
  expect(await message(reading('read.yaml("p.yaml")'))).toMatchInlineSnapshot(`
    "error INC2001: "p.yaml" is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]
      --> p.yaml:3:1
    3 | 
        ^
      note: it is read here (pipeline.ts:2:16)
      help: correct the file"
  `);
  rig.write("p.json", "{ a }");
  expect(await message(reading('read.json("p.json")'))).toMatchInlineSnapshot(`
    "error INC2001: "p.json" is not valid JSON: Expected property name or '}' in JSON at position 2 (line 1 column 3)
      --> pipeline.ts:2:16
    2 | const p = read.json("p.json");
                       ^
      help: correct the file"
  `);
});
