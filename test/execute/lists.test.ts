import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

/** Lists in commands: each member is a word of its own. */
let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("a list of tasks in a command stands for their outputs, and makes the task depend on them", async () => {
  rig.write("x.txt", "x\n");
  rig.manifest(`
export const parts = ["a", "b c"].map((name) => task(sh\`echo \${name} > \${out(\`build/\${name}.txt\`)}\`));
export const all = task(sh\`cat \${[...parts, file("x.txt")]} \${[]} > \${out("build/all.txt")}\`);
export const plain = task(exec(["cat", [parts, file("x.txt")]], { stdout: out("build/plain.txt") }));`);
  const first = await rig.run("run");
  expect([first.code, first.stderr], first.stdout).toEqual([0, ""]);
  expect(rig.read("build/all.txt")).toBe("a\nb c\nx\n");
  expect(rig.read("build/plain.txt")).toBe("a\nb c\nx\n");
  rig.write("x.txt", "y\n");
  expect(await rig.results()).toEqual(["all: ran", "plain: ran"]);
});

test("a list of outputs stands for their paths", async () => {
  rig.manifest(`
export const split = task(sh\`echo 1 | tee \${["a", "b"].map((name) => out(\`build/\${name}\`, name))} > /dev/null\`);
export const use = task(sh\`cat \${split.outputs.b} > \${out("build/c")}\`);`);
  const { code, stdout } = await rig.run("run");
  expect(code, stdout).toBe(0);
  expect(rig.read("build/c")).toBe("1\n");
});

test("the response files of a killed run are removed by the next", async () => {
  rig.write("data/a.txt", "");
  rig.manifest(`export const long = task(sh\`wc -l \${sh.list(files("data/*"))}; ${rig.held("long")}\`);
export const other = task(sh\`true\`);`);
  const lists = () => readdirSync(rig.path(".inc/tmp")).filter((name) => name.endsWith(".list"));
  const run = rig.start(["run", "long"]);
  const held = await rig.waitFor("long");
  expect(lists()).toHaveLength(1);
  run.child.kill("SIGKILL");
  await run.ended;
  expect((await rig.run("run", "other")).code).toBe(0);
  await held.gone;
  expect(lists()).toEqual([]);
});
