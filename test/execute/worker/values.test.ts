import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("what a function returns is a value, for functions and commands", async () => {
  rig.manifest(`
    export const totals = task({ inputs: { table: file("a.csv") }, value: "json", run: async ({ inputs }) => {
      const lines = (await inputs.table.text()).trim().split("\\n");
      return { rows: lines.length, note: undefined };
    } });
    export const double = task({ inputs: { totals }, value: "json", run: ({ inputs }) => inputs.totals.rows * 2 });
    export const shown = task(sh\`cat \${totals} \${double} > \${out("shown")}\`);
  `);
  rig.write("a.csv", "1\n2\n");
  expect(await rig.results()).toEqual(["double: ran", "shown: ran", "totals: ran"]);
  expect(rig.read("shown")).toBe('{"rows":2}4');
  rig.write("a.csv", "3\n4\n");
  expect(await rig.results()).toEqual(["totals: ran"]);
  rig.write("a.csv", "3\n");
  expect(await rig.results()).toEqual(["double: ran", "shown: ran", "totals: ran"]);
  expect((await rig.run("diff", "totals@1", "totals@2")).stdout).toContain("-/rows  2\n+/rows  1\n");
  expect((await rig.run("lineage", "double")).stdout).toContain("value:totals@2");
});

test("a value beside outputs, and the values of units", async () => {
  rig.manifest(`
    import { writeFile } from "node:fs/promises";
    export const both = each(files("in/*"), (f) => task({ inputs: { f }, outputs: { copy: \`build/\${f.name}\` }, value: "json", run: async ({ inputs, outputs }) => {
      const text = await inputs.f.text();
      await writeFile(outputs.copy, text);
      return [text.length, Object.keys(outputs)];
    } }));
    export const sum = task({ inputs: { both }, value: "json", run: ({ inputs }) => [...inputs.both].map(([key, { copy, value }]) => [key, copy.path, value]) });
  `);
  rig.write("in/a", "12");
  expect((await rig.run("run")).code).toBe(0);
  expect(JSON.parse((await rig.run("get", "sum")).stdout)).toEqual([["a", "build/a", [2, ["copy"]]]]);
});

test("units of a value, made by functions", async () => {
  rig.manifest(`
    import { writeFile } from "node:fs/promises";
    export const users = task({ inputs: { list: file("list.json") }, value: "json", run: async ({ inputs }) => (await inputs.list.json()) as { id: number; name: string }[] });
    export const greet = each(users, { key: (user) => user.id }, (user) =>
      task({ outputs: { text: \`build/\${user.id}\` }, run: ({ outputs }) => writeFile(outputs.text, \`hello \${user.name}\`) }));
  `);
  rig.write("list.json", '[{ "id": 1, "name": "ann" }]');
  expect(await rig.results()).toEqual(["greet[1]: ran", "users: ran"]);
  rig.write("list.json", '[{ "id": 2, "name": "bob" }, { "id": 1, "name": "ann" }]');
  expect(await rig.results()).toContain("greet[2]: ran");
  expect(rig.read("build/1")).toBe("hello ann");
  expect(rig.read("build/2")).toBe("hello bob");
});

test.each([
  ["new Date(0)", "returned a Date: a value is JSON"],
  ["({ a: [1, new Map()] })", "returned something in which /a/1 is a Map: a value is JSON"],
  ["({ 'a/b': 1n })", "returned something in which /a~1b is a bigint: a value is JSON"],
  ["Number.NaN", "returned NaN: a value is JSON"],
  ["[undefined]", "returned something in which /0 is undefined: a value is JSON"],
  ["undefined", "returned undefined: a value is JSON"],
  ["() => 1", "returned a function: a value is JSON"],
  [
    "(() => { const a: unknown[] = []; a.push({ a }); return a; })()",
    "in which /0/a is an object that it is in itself",
  ],
  ["'x'.repeat(17_000_000)", "what its function returned as its value is 16.2 MiB, and a value has at most 16 MiB"],
])("a function that returns %s", async (returned, message) => {
  rig.manifest(`export const v = task({ value: "json", run: () => (${returned}) as never });`);
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain("INC4311");
  expect(stdout).toContain(message);
  expect(stdout).toContain("--> pipeline.ts:2:18\n");
});

test("what a function returns that has no value is not lost without a word", async () => {
  rig.manifest(`export const v = task({ run: () => 5 as never });`);
  expect((await rig.run("run")).stdout).toContain('to keep it as the value of the task: value: "json"');
});
