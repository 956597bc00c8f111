import { type Case, cases } from "./edit.ts";

const MADE =
  "function make() { const l: any[] = []; return { add: (x: any) => l.push(x), get: () => l }; } const { add, get } = make();";

const LIST = "const l: any[] = []; const add = (x: any) => { l.push(x); };";

/** Edits of calls that change something which the function uses, though the call names something else. The task has to run again. */
export const STATE: readonly Case[] = cases([
  ["what two functions close over", "return get();", {}, `${MADE} add(@);`],
  ["what they close over, by a tag", "return get();", {}, `${MADE} add\`@\`;`],
  [
    "what they close over, in another module",
    "return get();",
    { "lib.ts": MADE.replace("const {", "export const {") },
    'import { add, get } from "./lib.ts"; add(@);',
  ],
  [
    "what one function closes over",
    "return remember();",
    {},
    "function make() { const l: any[] = []; return (x?: any) => [l.push(x), l]; } const remember = make(); remember(@);",
  ],
  [
    "calls of a counter between others",
    "return [a, b];",
    {},
    "function counter() { let n = 0; return () => (n += 1); } const next = counter(); const a = next(); if (@ > 1) next(); const b = next();",
  ],
  [
    "a class that a call makes",
    "return get();",
    {},
    "function make() { const l: any[] = []; class A { constructor(x: any) { l.push(x); } } return { A, get: () => l }; } const { A, get } = make(); new A(@);",
  ],
  [
    "a class that changes itself",
    "return A.all;",
    {},
    "class A { static all: any[] = []; constructor(x: any) { A.all.push(x); } } new A(@);",
  ],
  [
    "a class that changes itself, made for a constant",
    "return A.all;",
    {},
    "const A = class B { static all: any[] = []; constructor(x: any) { B.all.push(x); } }; new A(@);",
  ],
  [
    "a class that is changed by its objects",
    "return A.all;",
    {},
    "class A { static all: any[] = []; constructor(x: any) { (this.constructor as any).all.push(x); } } new A(@);",
  ],
  ["a function that Array.from calls", "return l;", {}, `${LIST} Array.from([@], add);`],
  ["a function that JSON.parse calls", "return l;", {}, `${LIST} JSON.parse('@', add);`],
  ["a function that Reflect.apply calls", "return l;", {}, `${LIST} Reflect.apply(add, null, [@]);`],
  ["a function that is called later", "return l;", {}, `${LIST} if (@ > 1) queueMicrotask(add as any);`],
  ["a toString that is called", "return l;", {}, `${LIST} const o = { toString() { add(@); return ""; } }; String(o);`],
  [
    "an iterator that is consumed",
    "return it.next();",
    {},
    "function* two() { yield 1; yield 2; } const it = two(); const [x] = @ > 1 ? it : [0];",
  ],
  [
    "a prototype that is passed on",
    "return ('a' as any).shout();",
    {},
    "function patch(p: any) { p.shout = () => @; } patch(String.prototype);",
  ],
  [
    "a prototype under another name",
    "return ('a' as any).shout();",
    {},
    "const p: any = String.prototype; p.shout = () => @;",
  ],
  [
    "a module of Node that is passed on",
    "return fs.existsSync('x');",
    { "lib.ts": "export function patch(f: any) { f.existsSync = () => @; }" },
    'import fs from "node:fs"; import { patch } from "./lib.ts"; patch(fs);',
  ],
  [
    "a module that is imported when it is needed",
    "return l;",
    { "lib.ts": "export const l: any[] = [];" },
    'import { l } from "./lib.ts"; const m = await import("./lib.ts"); m.l.push(@);',
  ],
  [
    "a module that is required by another name",
    "return x;",
    { "a.cjs": "module.exports = @;" },
    'import { createRequire } from "node:module"; const load = createRequire(import.meta.url); const x = load("./a.cjs");',
  ],
  [
    "an argument of what untracked gives back",
    "return untracked(f)(@);",
    {},
    'import { untracked } from "inc-run"; const f = (x: any) => x;',
  ],
  ["a property of import.meta", "return (import.meta as any).x;", {}, "(import.meta as any).x = @;"],
  ["import.meta, passed on", "return (import.meta as any).x;", {}, "Object.assign(import.meta, { x: @ });"],
  [
    "an object in import.meta",
    "return (import.meta as any).x;",
    {},
    "const meta: any = import.meta; meta.x = []; (import.meta as any).x.push(@);",
  ],
]);
