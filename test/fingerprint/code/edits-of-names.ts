import { type Case, useHelper } from "./edit.ts";
import { pipeline } from "./trees.ts";

/** Edits of what names lead to. The task has to run again. */
export const NAMES: readonly Case[] = [
  {
    name: "8 a helper of a helper, three modules deep",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts": 'import { b } from "./b.ts"; export const helper = (x: number) => b(x);',
      "b.ts": 'import { c } from "./c.ts"; export function b(x: number) { return c(x); }',
      "c.ts": "export function c(x: number) { return x + 1; }",
    },
    edit: { "c.ts": ["+ 1", "+ 2"] },
  },
  {
    name: "12 through a chain of export *",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts": 'export * from "./a.ts";',
      "a.ts": 'export * from "./b.ts";',
      "b.ts": "export const helper = (x: number) => x;",
    },
    edit: { "b.ts": ["=> x;", "=> -x;"] },
  },
  {
    name: "13 a re-export to another module",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts": 'export { helper } from "./a.ts";',
      "a.ts": "export const helper = (x: number) => x;",
      "b.ts": "export const helper = (x: number) => x + 1;",
    },
    edit: { "lib.ts": ["./a.ts", "./b.ts"] },
  },
  {
    name: "14 import { b as a } for { a }",
    before: {
      "pipeline.ts": pipeline("return a(1);", 'import { a } from "./lib.ts";'),
      "lib.ts": "export const a = (x: number) => x;\nexport const b = (x: number) => -x;",
    },
    edit: { "pipeline.ts": ["{ a }", "{ b as a }"] },
  },
  {
    name: "15 another default export",
    before: {
      "pipeline.ts": pipeline("return lib(1);", 'import lib from "./lib.ts";'),
      "lib.ts": "const a = (x: number) => x;\nconst b = (x: number) => -x;\nexport default a;",
    },
    edit: { "lib.ts": ["export default a", "export default b"] },
  },
  {
    name: "16 a member of a namespace",
    before: {
      "pipeline.ts": pipeline("return lib.a(1);", 'import * as lib from "./lib.ts";'),
      "lib.ts": "export const a = (x: number) => x;\nexport const b = 1;",
    },
    edit: { "lib.ts": ["=> x", "=> -x"] },
  },
  {
    name: "16 a namespace that is passed on",
    before: {
      "pipeline.ts": pipeline("return Object.keys(lib);", 'import * as lib from "./lib.ts";'),
      "lib.ts": "export const a = 1;\nexport const b = 1;",
    },
    edit: { "lib.ts": ["b = 1", "b = 2"] },
  },
  {
    name: "17 the target of a dynamic import",
    before: {
      "pipeline.ts": pipeline('const { f } = await import("./lib.ts"); return f();'),
      "lib.ts": "export const f = () => 1;",
    },
    edit: { "lib.ts": ["=> 1", "=> 2"] },
  },
  {
    name: "18 a method that is used",
    before: {
      "pipeline.ts": pipeline("return new C().m();", 'import { C } from "./lib.ts";'),
      "lib.ts": "export class C { m() { return 1; } }",
    },
    edit: { "lib.ts": ["return 1", "return 2"] },
  },
  {
    name: "20 an inherited method",
    before: {
      "pipeline.ts": pipeline("return new C().m();", 'import { B } from "./lib.ts";\nclass C extends B {}'),
      "lib.ts": "export class B { m() { return 1; } }",
    },
    edit: { "lib.ts": ["return 1", "return 2"] },
  },
  {
    name: "21 an argument of a wrapper",
    before: {
      "pipeline.ts": pipeline("return load();", 'import { retry } from "./lib.ts";\nconst load = retry(3, () => 1);'),
      "lib.ts": "export const retry = (n: number, f: () => number) => () => n * f();",
    },
    edit: { "pipeline.ts": ["retry(3", "retry(4"] },
  },
  {
    name: "24 a handler through ops[kind]()",
    before: {
      "pipeline.ts": pipeline("return ops['b']();", 'import { ops } from "./lib.ts";'),
      "lib.ts": "function b() { return 1; }\nexport const ops: Record<string, () => number> = { b };",
    },
    edit: { "lib.ts": ["return 1", "return 2"] },
  },
];
