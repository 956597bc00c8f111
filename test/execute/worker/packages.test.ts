import { rmSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    import { one } from "one";
    import { two } from "./lib/two.cjs";
    export const t = task({ outputs: { o: "o" }, run: ({ outputs }) => writeFileSync(outputs.o, [one, two].join()) });
  `);
  rig.write("lib/two.cjs", "exports.two = require('two');\n");
  install("node_modules/two", "two", "module.exports = 2;\n");
});

afterEach(() => rig.close());

function install(directory: string, name: string, content: string): void {
  rig.write(`${directory}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
  rig.write(`${directory}/index.js`, content);
}

/** Puts a link in the place of the package `one`. */
function link(to: string): void {
  rmSync(rig.path("node_modules/one"), { force: true });
  symlinkSync(to, rig.path("node_modules/one"));
}

test("a function that uses packages runs again when one of them is another", async () => {
  install("node_modules/one", "one", "exports.one = 1;\n");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("o")).toBe("1,2");
  expect(await rig.results()).toEqual([]);
  install("node_modules/two", "two", "module.exports = 3;\n");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("o")).toBe("1,3");
  install("node_modules/two", "two", "module.exports = 2;\n");
  expect(await rig.results()).toEqual(["t: restored"]);
  rig.write("node_modules/two/index.json", "4");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(await rig.results()).toEqual([]);
});

test("a package that is a link counts by its source, also when it leads to another directory with the same package.json", async () => {
  for (const [name, value] of [
    ["a", 1],
    ["b", 5],
  ])
    install(`packages/${name}`, "one", `exports.one = ${value};\n`);
  link("../packages/a");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(await rig.results()).toEqual([]);
  link("../packages/b");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("o")).toBe("5,2");
  install("packages/b", "one", "exports.one = 6;\n");
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(rig.read("o")).toBe("6,2");
  link("../packages/a");
  expect(await rig.results()).toEqual(["t: restored"]);
  expect(await rig.results()).toEqual([]);
});

test("functions of one version, but of other code, do not see what a package remembers of each other", async () => {
  install("node_modules/one", "one", "let n = 0;\nexports.one = () => (n += 1);\n");
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    import { one } from "one";
    export const a = task({ version: "1", outputs: { o: "a" }, run: ({ outputs }) => writeFileSync(outputs.o, "a" + one()) });
    export const b = task({ version: "1", outputs: { o: "b" }, run: ({ outputs }) => writeFileSync(outputs.o, "b" + one()) });
  `);
  await rig.run("run", "-j1");
  expect([rig.read("a"), rig.read("b")]).toEqual(["a1", "b1"]);
});
