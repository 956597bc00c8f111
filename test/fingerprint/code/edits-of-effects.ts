import { type Case, withPackage } from "./edit.ts";
import { pipeline } from "./trees.ts";

/** Edits of what loading a module does to others. The task has to run again. */
export const EFFECTS: readonly Case[] = [
  {
    name: "25 table.x = … in another module",
    before: {
      "pipeline.ts": pipeline("return table;", 'import { table } from "./lib.ts";\nimport "./fill.ts";'),
      "lib.ts": "export const table: Record<string, number> = {};",
      "fill.ts": 'import { table } from "./lib.ts";\ntable.x = 1;',
    },
    edit: { "fill.ts": ["= 1", "= 2"] },
  },
  {
    name: "25 an entry that a function adds",
    before: {
      "pipeline.ts": pipeline("return table;", 'import { table } from "./lib.ts";\nimport "./fill.ts";'),
      "lib.ts": "export const table: number[] = [];\nexport function register(x: number) { table.push(x); }",
      "fill.ts": 'import { register } from "./lib.ts";\nregister(1);',
    },
    edit: { "fill.ts": ["register(1)", "register(2)"] },
  },
  {
    name: "25 an entry that is added through another name",
    before: {
      "pipeline.ts": pipeline("return table;", 'import { table } from "./lib.ts";\nimport "./fill.ts";'),
      "lib.ts": "export const table: number[] = [];\nexport const all = { table };",
      "fill.ts": 'import { all } from "./lib.ts";\nall.table.push(1);',
    },
    edit: { "fill.ts": ["push(1)", "push(2)"] },
  },
  {
    name: "26 an import for its side effect, added",
    before: { "pipeline.ts": pipeline("return 1;", ""), "setup.ts": "globalThis.x = 1;" },
    edit: { "pipeline.ts": ['"inc-run";\n', '"inc-run";\nimport "./setup.ts";\n'] },
  },
  {
    name: "26 an import for its side effect, removed",
    before: { "pipeline.ts": pipeline("return 1;", 'import "./setup.ts";'), "setup.ts": "globalThis.x = 1;" },
    edit: { "pipeline.ts": ['import "./setup.ts";', ""] },
  },
  {
    name: "26 imports for their side effects, in another order",
    before: {
      "pipeline.ts": pipeline("return 1;", 'import "./a.ts"; import "./b.ts";'),
      "a.ts": "globalThis.x = 1;",
      "b.ts": "globalThis.x = 2;",
    },
    edit: { "pipeline.ts": ['import "./a.ts"; import "./b.ts";', 'import "./b.ts"; import "./a.ts";'] },
  },
  {
    name: "26 a package imported for its side effect",
    before: { ...withPackage, "pipeline.ts": pipeline("return 1;") },
    edit: { "pipeline.ts": ['"inc-run";\n', '"inc-run";\nimport "csv";\n'] },
  },
  {
    name: "27 export let, written by another module",
    before: {
      "pipeline.ts": pipeline("return level;", 'import { level } from "./lib.ts";\nimport "./set.ts";'),
      "lib.ts": "export let level = 0;\nexport const set = (x: number) => { level = x; };",
      "set.ts": 'import { set } from "./lib.ts";\nset(1);',
    },
    edit: { "set.ts": ["set(1)", "set(2)"] },
  },
  {
    name: "28 a prototype that an import changes",
    before: {
      "pipeline.ts": pipeline("return [1].last();", 'import "./array.ts";'),
      "array.ts": "Array.prototype.last = function () { return this[0]; };",
    },
    edit: { "array.ts": ["this[0]", "this[1]"] },
  },
  {
    name: "28 a prototype that Object.defineProperty changes",
    before: {
      "pipeline.ts": pipeline("return [1].last;", 'import "./array.ts";'),
      "array.ts": "Object.defineProperty(Array.prototype, 'last', { value: 1 });",
    },
    edit: { "array.ts": ["value: 1", "value: 2"] },
  },
  {
    name: "43 any edit in a module with eval",
    before: {
      "pipeline.ts": pipeline("return f();", 'import { f } from "./lib.ts";'),
      "lib.ts": "const a = 1;\nexport const f = () => eval('a');",
    },
    edit: { "lib.ts": ["a = 1", "a = 2"] },
  },
];
