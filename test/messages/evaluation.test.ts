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
