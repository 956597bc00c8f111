import { type Case, cases } from "./edit.ts";

const LIST = { "list.ts": "export const l: any[] = [];" };
const WAITS = 'import { l } from "./list.ts"; import "./a.ts"; import "./b.ts";';
const PUSHES = 'import { l } from "./list.ts"; l.push("b");';
const LOGS = "const l: any[] = []; const log = (x: any) => { l.push(x); return 1; };";

/** Edits of code that changes what the function uses, or when it changes that, without naming it. The task has to run again. */
export const NAMELESS: readonly Case[] = cases([
  [
    "a module that waits before it does something",
    "return l;",
    { ...LIST, "a.ts": 'import { l } from "./list.ts"; if (@ > 1) await 0; l.push("a");', "b.ts": PUSHES },
    WAITS,
  ],
  [
    "a module that another one waits for",
    "return l;",
    {
      ...LIST,
      "wait.ts": "if (@ > 1) await 0; export const k = 1;",
      "a.ts": 'import "./wait.ts"; import { l } from "./list.ts"; l.push("a");',
      "b.ts": PUSHES,
    },
    WAITS,
  ],
  [
    "a loop that waits",
    "return l;",
    {
      ...LIST,
      "a.ts": 'import { l } from "./list.ts"; for await (const x of [@].slice(1)) {} l.push("a");',
      "b.ts": PUSHES,
    },
    WAITS,
  ],
  ["a prototype, by an object", "return [1].last();", {}, "Object.getPrototypeOf([]).last = () => @;"],
  ["a prototype, by __proto__", "return [1].last();", {}, "([] as any).__proto__.last = () => @;"],
  ["a prototype, by a constructor", "return 'a'.shout();", {}, "(''.constructor as any).prototype.shout = () => @;"],
  [
    "a prototype that a helper finds",
    "return [1].last();",
    { "lib.ts": "export const patch = (x: any, f: any) => { Object.getPrototypeOf(x).last = f; };" },
    'import { patch } from "./lib.ts"; patch([], () => @);',
  ],
  [
    "a class, by its object",
    "return new C().m();",
    {
      "lib.ts": "export class C { m() { return 0; } }",
      "b.ts": 'import { C } from "./lib.ts"; Object.getPrototypeOf(new C()).m = () => @;',
    },
    'import { C } from "./lib.ts"; import "./b.ts";',
  ],
  ["what generators share", "return g().x;", {}, "function* g() {} Object.getPrototypeOf(g()).x = @;"],
  [
    "a global, by the this of a script",
    "return (globalThis as any).x;",
    { "b.cjs": "(function () { this.x = @; })();" },
    'import "./b.cjs";',
  ],
  ["the target of a loop over keys", "return o.k;", {}, "const o: any = {}; for (o.k in { ['x@']: 1 });"],
  ["a default of Node", "return 1;", {}, 'import { setMaxListeners } from "node:events"; setMaxListeners(@);'],
  [
    "a trap of a proxy",
    "return l;",
    {},
    `${LOGS} const p: any = new Proxy({}, { has: (t, k) => !!log(k) }); export const x = '@' in p;`,
  ],
  [
    "Symbol.hasInstance",
    "return l;",
    {},
    `${LOGS} class C { static [Symbol.hasInstance](x: any) { return !!log(x); } } export const x = (@ as any) instanceof C;`,
  ],
  [
    "Symbol.toPrimitive",
    "return l;",
    {},
    `${LOGS} class C { [Symbol.toPrimitive]() { return log(1); } } const o: any = new C(); export const x = o > @;`,
  ],
  [
    "what using disposes of",
    "return l;",
    {},
    `${LOGS} const r = { [Symbol.dispose]() { log(1); } }; if (@ > 1) { using x = r; }`,
  ],
  [
    "a static block that calls the base class",
    "return A.l;",
    {},
    "class A { static l: any[] = []; static add(x: any) { this.l.push(x); } } export class B extends A { static { super.add(@); } }",
  ],
  [
    "the base class, by new.target",
    "return A.l;",
    {},
    "class A { static l: any[] = []; constructor(x: any) { (new.target as any).l.push(x); } } class B extends A {} new B(@);",
  ],
  [
    "a function that a loop made",
    "return l;",
    {},
    "const l: any[] = []; const fs: any[] = []; for (let i = 0; i < 3; i++) fs.push(() => l.push(i)); fs[@]();",
  ],
  [
    "a listener that another module adds",
    "const r: any[] = []; bus.emit('x', r); return r;",
    {
      "bus.ts":
        'import { EventEmitter } from "node:events"; class Bus extends EventEmitter {} export const bus = new Bus();',
      "b.ts": 'import { bus } from "./bus.ts"; const { on } = bus; on.call(bus, "x", (r) => r.push(@));',
    },
    'import { bus } from "./bus.ts"; import "./b.ts";',
  ],
  [
    "a builtin object under another name",
    "return JSON.stringify(1);",
    {},
    "const J: any = JSON; J.stringify = () => @;",
  ],
  [
    "a builtin class that is passed on",
    "return ([] as any).x;",
    { "lib.ts": "export const patch = (C: any, v: any) => { C.prototype.x = v; };" },
    'import { patch } from "./lib.ts"; patch(Array, @);',
  ],
]);
