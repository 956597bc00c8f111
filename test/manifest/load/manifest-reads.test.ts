import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

/** A manifest is evaluated again when a file that it read during its evaluation changes. */
let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("a task reruns when the part that it uses of a file that `read` reads changes; the others do not", async () => {
  rig.write("conf/params.yaml", "a: 1\nb: [x, y]\n");
  rig.write("conf/params.json", '\uFEFF{ "a": 1 }');
  rig.write("name.txt", "one");
  rig.manifest(`
const yaml = read.yaml<{ a: number; b: string[] }>("conf/params.yaml");
const json = read.json<{ a: number }>("conf/params.json");
export const a = task(sh\`echo \${yaml.a} \${json.a} > \${out("build/a")}\`);
export const b = yaml.b.map((name) => task(sh\`echo \${name} > \${out(\`build/\${name}\`)}\`));
export const text = task(sh\`echo \${read.text("name.txt")} > \${out("build/text")}\`);`);
  expect(await rig.results()).toEqual(["a: ran", "b.0: ran", "b.1: ran", "text: ran"]);
  expect(rig.read("build/a")).toBe("1 1\n");
  expect(await rig.results()).toEqual([]);
  rig.write("conf/params.yaml", "a: 1\nb: [x, z]\n");
  expect(await rig.results()).toEqual(["b.1: ran"]);
  expect(rig.exists("build/y")).toBe(false);
  rig.write("conf/params.json", '{ "a": 2 }');
  expect(await rig.results()).toEqual(["a: ran"]);
  rig.write("name.txt", "two");
  expect(await rig.results()).toEqual(["text: ran"]);
});

test("watch notices a change of a file that `read` reads", async () => {
  rig.write("name.txt", "one");
  rig.manifest('export const text = task(sh`echo ${read.text("name.txt")} > ${out("build/text")}`);');
  const watch = rig.start(["watch"]);
  await watch.printed("ran 1");
  rig.write("name.txt", "two");
  await watch.printed("command changed");
  watch.child.kill("SIGINT");
  await watch.ended;
  expect(rig.read("build/text")).toBe("two\n");
});

const READS: readonly (readonly [string, string])[] = [
  ["a named import", 'import { readFileSync } from "node:fs";\nconst text = readFileSync("name.txt", "utf8");'],
  ["a default import", 'import fs from "fs";\nconst text = fs.readFileSync("name.txt", "utf8");'],
  ["promises", 'import { readFile } from "node:fs/promises";\nconst text = await readFile("name.txt", "utf8");'],
  ["nested promises", 'import { promises } from "fs";\nconst text = await promises.readFile("name.txt", "utf8");'],
];

test.each(READS)("inc warns of a manifest that calls node:fs, and evaluates it each time: %s", async (_name, code) => {
  rig.write("name.txt", "one");
  rig.write(
    "pipeline.ts",
    `${code}\nimport { out, sh, task } from "inc-run";\nexport const t = task(sh\`echo \${text} > \${out("t")}\`);\n`,
  );
  const first = await rig.run("run");
  expect([first.code, first.stderr]).toEqual([0, ""]);
  expect(first.stdout).toContain("warning INC2029: the manifest reads files through readFile");
  expect(first.stdout).toContain("--> pipeline.ts:2:");
  const second = await rig.run("run");
  expect(second.stdout).toContain("warning INC2029");
  expect(second.stdout).toContain("fresh 1");
  rig.write("name.txt", "two");
  await rig.run("run");
  expect(rig.read("t")).toBe("two\n");
});

const PROGRAMS: readonly (readonly [string, string, string])[] = [
  ["execSync", 'import { execSync } from "node:child_process";', 'execSync("cat name.txt", { encoding: "utf8" })'],
  ["spawnSync", 'import cp from "child_process";', 'cp.spawnSync("cat", ["name.txt"], { encoding: "utf8" }).stdout'],
  [
    "exec",
    'import { promisify } from "node:util";import { exec } from "node:child_process";',
    '(await promisify(exec)("cat name.txt")).stdout',
  ],
];

test.each(PROGRAMS)(
  "a manifest that starts programs by %s is evaluated in every run, with a warning",
  async (name, imports, text) => {
    rig.write("name.txt", "one");
    rig.write(
      "pipeline.ts",
      `${imports}\nimport { out, sh, task } from "inc-run";\nconst text = ${text};\n` +
        `export const t = task(sh\`echo \${text} > \${out("t")}\`);\n`,
    );
    const first = await rig.run("run");
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toContain(
      `warning INC2029: the manifest starts programs through ${name}, so inc evaluates it`,
    );
    expect(first.stdout).toContain("--> pipeline.ts:3:");
    rig.write("name.txt", "two");
    await rig.run("run");
    expect(rig.read("t")).toBe("two\n");
  },
);

test("inc does not warn of a manifest that imports node:fs and reads nothing", async () => {
  rig.write(
    "pipeline.ts",
    'import { readFileSync, writeFileSync } from "node:fs";\nimport { sh, task } from "inc-run";\nwriteFileSync("x", "1");\nexport const t = task(sh`true`);\nexport const use = () => readFileSync("x");\n',
  );
  expect((await rig.run("run")).stdout).not.toContain("warning");
});

test("a package may read files without a warning", async () => {
  rig.write("node_modules/pkg/package.json", '{ "name": "pkg", "type": "module", "main": "i.js" }');
  rig.write(
    "node_modules/pkg/i.js",
    'import { readFileSync } from "fs";\nexport const x = readFileSync("package.json").length;\n',
  );
  rig.write(
    "pipeline.ts",
    'import { x } from "pkg";\nimport { sh, task } from "inc-run";\nexport const t = task(sh`echo ${x}`);\n',
  );
  const { code, stdout } = await rig.run("run");
  expect([code, stdout]).toEqual([0, expect.not.stringContaining("warning")]);
});
