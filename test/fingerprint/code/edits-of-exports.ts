import { type Case, cases } from "./edit.ts";

const TWO = "a1 = () => 1, a2 = () => 2";

/** Edits that lead a name to another part of something that counts as one. The task has to run again. */
export const EXPORTS: readonly Case[] = cases([
  [
    "another export of a module with an enumeration",
    "return f();",
    { "lib.ts": `export enum E { A } export const ${TWO};` },
    'import { a@ as f } from "./lib.ts";',
  ],
  [
    "another export of a script",
    "return f();",
    { "lib.cjs": "exports.a1 = () => 1; exports.a2 = () => 2;" },
    'import { a@ as f } from "./lib.cjs";',
  ],
  [
    "another function under a name that a module with an enumeration exports",
    "return f();",
    { "lib.ts": `export enum E { A } const ${TWO}; export { a@ as f };` },
    'import { f } from "./lib.ts";',
  ],
  [
    "what a module with an enumeration exports of another module",
    "return f();",
    { "lib.ts": 'export enum E { A } export { f } from "./a.ts";', "a.ts": "export const f = () => @;" },
    'import { f } from "./lib.ts";',
  ],
  [
    "what a module with an enumeration exports of another module without naming it",
    "return f();",
    { "lib.ts": 'export enum E { A } export * from "./a.ts";', "a.ts": "export const f = () => @;" },
    'import { f } from "./lib.ts";',
  ],
  [
    "another of the names that one declaration takes out of an object",
    "return f;",
    { "lib.ts": "export const { a1, a2 } = { a1: 1, a2: 2 };" },
    'import { a@ as f } from "./lib.ts";',
  ],
  [
    "another of those names, exported under one",
    "return f;",
    { "lib.ts": "const { a1, a2 } = { a1: 1, a2: 2 }; export { a@ as f };" },
    'import { f } from "./lib.ts";',
  ],
  [
    "another of those names, in a namespace",
    "return use(lib);",
    { "lib.ts": "const { a1, a2 } = { a1: 1, a2: 2 }; export { a@ as f };" },
    'import * as lib from "./lib.ts"; const use = (x: any) => x.f;',
  ],
  [
    "namespaces that are in each other",
    "return ns.b.a.b.g;",
    {
      "a.ts": 'export * as b from "./b.ts"; export const f = () => 1;',
      "b.ts": 'export * as a from "./a.ts"; export const g = @;',
    },
    'import * as ns from "./a.ts";',
  ],
  [
    "namespaces that are in each other, passed on",
    "return use(ns);",
    {
      "a.ts": 'export * as b from "./b.ts"; export const f = () => 1;',
      "b.ts": 'export * as a from "./a.ts"; export const g = @;',
    },
    'import * as ns from "./a.ts"; const use = (x: any) => x.b.a.b.g;',
  ],
  [
    "a module that has itself",
    "return me.k;",
    { "a.ts": 'import * as me from "./a.ts"; export { me }; export const k = @;' },
    'import { me } from "./a.ts";',
  ],
  ["export = of TypeScript", "return f;", { "e.cts": "export = @;" }, 'import f from "./e.cts";'],
]);
