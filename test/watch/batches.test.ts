import { renameSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { Watching } from "./watching.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("under watch: units of batches and nested ones come, change, fail and go by themselves", async () => {
  rig.manifest(`
    import { readFileSync, writeFileSync } from "node:fs";
    export const made = each(files("docs/*"), { batch: 100 }, (doc) =>
      task({ inputs: { doc }, outputs: { o: \`build/\${doc.name}\` }, async runAll({ units }) {
        for (const { inputs, outputs, fail } of units.values()) {
          const text = await inputs.doc.text();
          if (text === "bad") fail(new Error("a bad doc"));
          else writeFileSync(outputs.o, text + readFileSync("extra", "utf8"));
        }
      } }));
    export const table = task(sh\`cat \${file("table.json")}\`, { value: "json" });
    export const deep = each(table, (names, region) => each(names as string[], { batch: 100 }, (name) =>
      task({ inputs: { of: made }, value: "json", runAll: ({ units }) =>
        new Map([...units].map(([key, { inputs }]) => [key, inputs.of.size])) })));`);
  rig.write("extra", "1");
  rig.write("table.json", '{ "eu": ["x"] }');
  for (const key of ["a", "b"]) rig.write(`docs/${key}`, key);
  // At once: what fails while its input is written is tried again.
  const swap = (path: string, text: string): void => {
    rig.write(".new", text);
    renameSync(rig.path(".new"), rig.path(path));
  };
  const watching = new Watching(rig);
  expect(await watching.quiet()).toEqual(["deep[eu/x]: ran", "made[a]: ran", "made[b]: ran", "table: ran"]);
  swap("docs/c", "c");
  expect(await watching.quiet()).toEqual(["deep[eu/x]: ran", "made[c]: ran"]);
  swap("table.json", '{ "eu": ["y"], "us": ["x"] }');
  expect(await watching.quiet()).toEqual(["deep[eu/y]: ran", "deep[us/x]: ran", "table: ran"]);
  expect((await rig.run("list", "--json")).stdout).not.toContain("deep[eu/x]");
  swap("docs/b", "bad");
  expect(await watching.quiet()).toEqual(["deep[eu/y]: skipped", "deep[us/x]: skipped", "made[b]: failed"]);
  expect((await rig.run("status")).stdout).toMatch(/would-run +made\[b\] +failed last time/);
  // What the units of a call read undeclared counts for each of them.
  swap("extra", "2");
  expect(await watching.quiet()).toEqual(
    ["deep[eu/y]: skipped", "deep[us/x]: skipped", "made[a]: ran", "made[b]: failed", "made[c]: ran"].sort(),
  );
  rig.remove("docs/b");
  await watching.quiet();
  expect([rig.read("build/a"), rig.exists("build/b"), rig.read("build/c")]).toEqual(["a2", false, "c2"]);
  expect((await rig.run("get", "deep[us/x]")).stdout).toBe("2");
  expect(await watching.stop()).toBe(130);
});
