import { type Case, cases } from "./edit.ts";

const GENERATOR = "function* two() { yield 1; yield 2; } const it = two();";

/** Edits of statements that take items out of an iterator which the function goes on with. The task has to run again. */
export const ITERATORS: readonly Case[] = cases([
  ["a spread", "return it.next();", {}, `${GENERATOR} export const all = @ > 1 ? [...it] : [];`],
  ["a spread in a call", "return it.next();", {}, `${GENERATOR} export const most = @ > 1 ? Math.max(...it) : 0;`],
  ["a set", "return it.next();", {}, `${GENERATOR} export const all = @ > 1 ? new Set(it) : 0;`],
  ["a record", "return it.next();", {}, `${GENERATOR} export const all = @ > 1 ? Object.fromEntries(it as any) : 0;`],
  ["an array of bytes", "return it.next();", {}, `${GENERATOR} export const all = @ > 1 ? new Uint8Array(it) : 0;`],
  ["a loop", "return it.next();", {}, `${GENERATOR} for (const x of it) if (x === @) break;`],
  ["a loop that awaits", "return it.next();", {}, `${GENERATOR} for await (const x of it) if (x === @) break;`],
  [
    "a pattern inside another",
    "return it.next();",
    {},
    `${GENERATOR} export const { a: [b] } = { a: @ > 1 ? it : [0] };`,
  ],
  ["a pattern with a rest", "return it.next();", {}, `${GENERATOR} export const [...rest] = @ > 1 ? it : [0];`],
  ["an assignment", "return it.next();", {}, `${GENERATOR} let x: any; [x] = @ > 1 ? it : [0];`],
  [
    "an iterator of an array",
    "return it.next();",
    {},
    "const it = [1, 2].values(); export const all = @ > 1 ? [...it] : [];",
  ],
  [
    "an iterator under another name",
    "return it.next();",
    {},
    `${GENERATOR} const same = it; export const all = @ > 1 ? [...same] : [];`,
  ],
  [
    "an iterator in an object",
    "return state.it.next();",
    {},
    `${GENERATOR} const state = { it }; export const all = @ > 1 ? [...state.it] : [];`,
  ],
  [
    "an iterator of another module",
    "return it.next();",
    { "lib.ts": GENERATOR.replace("const it", "export const it") },
    'import { it } from "./lib.ts"; export const all = @ > 1 ? [...it] : [];',
  ],
  [
    "what a generator does",
    "return l;",
    {},
    "const l: any[] = []; function* two() { l.push(1); yield 1; } const it = two(); export const all = @ > 1 ? [...it] : [];",
  ],
  [
    "an iterator that a callback put into an array",
    "return all[0].next();",
    {},
    "function* two() { yield 1; yield 2; } const all = [0].map(() => two()); export const first = @ > 1 ? [...all[0]] : [];",
  ],
  [
    "an iterator that a class has",
    "return A.it.next();",
    {},
    "class A { static it = [1].values(); } export const all = @ > 1 ? [...A.it] : [];",
  ],
  ["a set of one of two", "return it.next();", {}, `${GENERATOR} export const all = new Set(await (@ > 1 ? it : []));`],
]);
