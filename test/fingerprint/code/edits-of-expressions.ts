import { type Case, useHelper } from "./edit.ts";
import { pipeline } from "./trees.ts";

/** Edits of what code computes. The task has to run again. */
export const EXPRESSIONS: readonly Case[] = [
  {
    name: "1 a number",
    before: { "pipeline.ts": pipeline("return 1;") },
    edit: { "pipeline.ts": ["return 1", "return 2"] },
  },
  { name: "2 a string", before: { "pipeline.ts": pipeline("return 'a';") }, edit: { "pipeline.ts": ["'a'", "'b'"] } },
  {
    name: "2 the text of a template",
    before: { "pipeline.ts": pipeline("return `a${1}`;") },
    edit: { "pipeline.ts": ["`a$", "`b$"] },
  },
  {
    name: "3 a flag of a regular expression",
    before: { "pipeline.ts": pipeline("return /a/;") },
    edit: { "pipeline.ts": ["/a/", "/a/i"] },
  },
  {
    name: "4 a default of a parameter",
    before: { "pipeline.ts": useHelper, "lib.ts": "export function helper(a: number, b = 1) { return a + b; }" },
    edit: { "lib.ts": ["b = 1", "b = 2"] },
  },
  {
    name: "5 ?? for ||",
    before: { "pipeline.ts": pipeline("const a = 0; return a ?? 1;") },
    edit: { "pipeline.ts": ["??", "||"] },
  },
  {
    name: "6 two statements swapped",
    before: { "pipeline.ts": pipeline("log(1); log(2);", "function log(x: number) { console.log(x); }") },
    edit: { "pipeline.ts": ["log(1); log(2);", "log(2); log(1);"] },
  },
  {
    name: "7 a helper in the same module",
    before: { "pipeline.ts": pipeline("return helper();", "function helper() { return 1; }") },
    edit: { "pipeline.ts": ["return 1", "return 2"] },
  },
  {
    name: "9 a helper that only a default uses",
    before: { "pipeline.ts": pipeline("const f = (x = first()) => x; return f();", "function first() { return 1; }") },
    edit: { "pipeline.ts": ["return 1", "return 2"] },
  },
  {
    name: "10 a constant of the module",
    before: { "pipeline.ts": useHelper, "lib.ts": "const K = 3;\nexport const helper = (x: number) => x * K;" },
    edit: { "lib.ts": ["K = 3", "K = 4"] },
  },
  {
    name: "11 a constant below its use",
    before: { "pipeline.ts": useHelper, "lib.ts": "export const helper = (x: number) => x * K;\nconst K = 3;" },
    edit: { "lib.ts": ["K = 3", "K = 4"] },
  },
  {
    name: "19 a private field",
    before: { "pipeline.ts": pipeline("return new C().m();", "class C { #a = 1; m() { return this.#a; } }") },
    edit: { "pipeline.ts": ["#a = 1", "#a = 2"] },
  },
  {
    name: "19 a static block",
    before: { "pipeline.ts": pipeline("return C.a;", "class C { static a = 0; static { C.a = 1; } }") },
    edit: { "pipeline.ts": ["C.a = 1", "C.a = 2"] },
  },
  {
    name: "22 a member of an `as const` object",
    before: { "pipeline.ts": pipeline("return K.a;", "const K = { a: 1 } as const;") },
    edit: { "pipeline.ts": ["a: 1", "a: 2"] },
  },
  {
    name: "23 a getter",
    before: { "pipeline.ts": pipeline("return o.a;", "const o = { get a() { return 1; } };") },
    edit: { "pipeline.ts": ["return 1", "return 2"] },
  },
  {
    name: "23 a computed key",
    before: { "pipeline.ts": pipeline("return o;", "const k = 'a';\nconst o = { [k]: 1 };") },
    edit: { "pipeline.ts": ["'a'", "'b'"] },
  },
  {
    name: "29 a Symbol.iterator method",
    before: { "pipeline.ts": pipeline("return [...items];", "const items = { *[Symbol.iterator]() { yield 1; } };") },
    edit: { "pipeline.ts": ["yield 1", "yield 2"] },
  },
  {
    name: "36 one of two functions that call each other",
    before: {
      "pipeline.ts": pipeline("return even(4);", 'import { even } from "./lib.ts";'),
      "lib.ts":
        "export function even(n: number): boolean { return n === 0 || odd(n - 1); }\nfunction odd(n: number): boolean { return n !== 0 && even(n - 1); }",
    },
    edit: { "lib.ts": ["n !== 0", "n > 0"] },
  },
  {
    name: "46 async for a generator",
    before: { "pipeline.ts": useHelper, "lib.ts": "export async function helper(x: number) { return x; }" },
    edit: { "lib.ts": ["async function", "function*"] },
  },
];
