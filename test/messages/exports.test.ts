import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { refusal } from "../support/said.ts";

/** The exact messages about exports that are not tasks, and about lists in commands. */
let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const message = (...args: string[]): Promise<string> => refusal(rig, "run", ...args);

test("nothing declared", async () => {
  rig.write("pipeline.ts", "export const answer = 42;\n");
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2528: the manifest declares no task
      --> pipeline.ts:1:1
    1 | export const answer = 42;
        ^
      help: export one: export const build = task(sh\`…\`)"
  `);
  rig.write("pipeline.ts", "");
  expect(await message()).toContain("the manifest declares no task");
});

test("a function, as gulp has them", async () => {
  rig.write("pipeline.ts", "export const x = 1;\nexport async function build() {}\n");
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2528: the manifest declares no task
      --> pipeline.ts:1:1
    1 | export const x = 1;
        ^
      note: "build" is a function, which inc does not call (pipeline.ts:2:23)
      help: export one: export const build = task(sh\`…\`)"
  `);
});

test("a function as the default export", async () => {
  rig.manifest("export const t = task(sh`true`);\nexport default async function build() {}");
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2501: the default export is a function, but it is reserved for config()
      --> pipeline.ts:3:8
    3 | export default async function build() {}
               ^
      help: give it a name: export const build = task(sh\`…\`)"
  `);
});

test("tasks in the default export", async () => {
  rig.manifest("export default { t: task(sh`true`) };");
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2501: the default export is another value, but it is reserved for config()
      --> pipeline.ts:2:8
    2 | export default { t: task(sh\`true\`) };
               ^
      help: give it a name: export const build = task(sh\`…\`)"
  `);
});

test("a promise as the default export", async () => {
  rig.manifest("export const t = task(sh`true`);\nexport default Promise.resolve(config({ jobs: 1 }));");
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2501: the default export is a promise, but it is reserved for config()
      --> pipeline.ts:3:8
    3 | export default Promise.resolve(config({ jobs: 1 }));
               ^
      help: await it: export default await …"
  `);
});

test("a promise", async () => {
  rig.manifest(
    "const make = async () => task(sh`true`);\nexport const fine = task(sh`true`);\nexport const t = make();",
  );
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2527: the export "t" is a promise, which inc does not wait for
      --> pipeline.ts:4:14
    4 | export const t = make();
                     ^
      help: await its value: export const name = await …"
  `);
  rig.manifest("export const all = { a: [Promise.resolve(1)] };");
  expect(await message()).toContain('the export "all.a.0" is a promise');
});

test("a command in place of a task", async () => {
  rig.manifest("export const t = sh`true`;");
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2527: the export "t" is a command, not a task
      --> pipeline.ts:2:14
    2 | export const t = sh\`true\`;
                     ^
      help: make a task of it: export const name = task(sh\`…\`)"
  `);
});

test("settings under a name", async () => {
  rig.manifest("export const t = task(sh`true`);\nexport const settings = config({ jobs: 1 });");
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2527: the export "settings" is a config(), which only works as the default export
      --> pipeline.ts:3:14
    3 | export const settings = config({ jobs: 1 });
                     ^
      help: write export default config({ … })"
  `);
});

test("a task that no export reaches", async () => {
  rig.manifest("task(sh`true`);\nexport const t = task(sh`true`);");
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2513: no export reaches this task, so it never runs
      --> pipeline.ts:2:1
    2 | task(sh\`true\`);
        ^
      help: export it: export const name = …"
  `);
});

test("a list with text attached", async () => {
  rig.manifest('export const t = task(sh`echo --in=${["a", "b"]}`);');
  expect(await message()).toMatchInlineSnapshot(`
    "error INC2511: a list is joined to other text, but it expands to several words
      --> pipeline.ts:2:25
    2 | export const t = task(sh\`echo --in=\${["a", "b"]}\`);
                                ^
      help: put spaces around it, or add the text to each item: \${list.map((item) => \`--in=\${item}\`)}"
  `);
});

test("a list with something that cannot be interpolated", async () => {
  rig.manifest('export const t = task(sh`echo ${["a", {}]}`);');
  expect(await message()).toContain("an object cannot be interpolated into a command");
});

test("settings that name a task by its name", async () => {
  rig.manifest('export const t = task(sh`true`);\nexport default config({ default: ["t"] });');
  expect(await message()).toContain("error INC2017: config() has a default that is not a task");
});
