import { type Case, cases } from "./edit.ts";

const PATCHES = "for (const C of classes) C.prototype.x = @;";

/** Edits of code that changes a builtin, or what the process keeps, by a way around its name. The task has to run again. */
export const BUILTINS: readonly Case[] = cases([
  ["a prototype that is taken out", "return ([] as any).x;", {}, "const { prototype }: any = Array; prototype.x = @;"],
  [
    "a prototype that is taken out under another name",
    "return ([] as any).x;",
    {},
    "const { prototype: p }: any = Array; p.x = @;",
  ],
  [
    "a prototype by a nested pattern",
    "return ([] as any).map.x;",
    {},
    "const { prototype: { map } }: any = Array; map.x = @;",
  ],
  [
    "a prototype by a computed pattern",
    "return ([] as any).x;",
    {},
    "const k = 'proto' + 'type'; const { [k]: p }: any = Array; p.x = @;",
  ],
  ["what is left of a builtin", "return ([] as any).x;", {}, "const { ...rest }: any = Array; rest.from.x = @; "],
  [
    "a prototype that is assigned",
    "return ([] as any).x;",
    {},
    "let p: any; ({ prototype: p } = Array as any); p.x = @;",
  ],
  ["a builtin that is assigned", "return ([] as any).x;", {}, "let C: any; C = Array; C.prototype.x = @;"],
  [
    "a builtin that is a default",
    "return ([] as any).x;",
    {},
    "function patch(C: any = Array) { C.prototype.x = @; } patch();",
  ],
  [
    "a builtin on a condition",
    "return ([] as any).x;",
    {},
    "const C: any = process.pid > 0 ? Array : Map; C.prototype.x = @;",
  ],
  ["builtins in a list", "return ([] as any).x;", {}, "for (const C of [Array, Map] as any[]) C.prototype.x = @;"],
  ["builtins in a list with a name", "return ([] as any).x;", {}, `const classes: any[] = [Array, Map]; ${PATCHES}`],
  [
    "builtins in a list, by a callback",
    "return ([] as any).x;",
    {},
    "[Array, Map].forEach((C: any) => { C.prototype.x = @; });",
  ],
  ["builtins in an object", "return ([] as any).x;", {}, "const all: any = { A: Array }; all.A.prototype.x = @;"],
  [
    "builtins in a list of another module",
    "return ([] as any).x;",
    { "lib.ts": "export const classes: any[] = [Array, Map];" },
    `import { classes } from "./lib.ts"; ${PATCHES}`,
  ],
  [
    "a builtin that a function gives",
    "return ([] as any).x;",
    {},
    "const give = (): any => Array; give().prototype.x = @;",
  ],
  [
    "a builtin that a function returns",
    "return ([] as any).x;",
    {},
    "function give(): any { return Array; } give().prototype.x = @;",
  ],
  [
    "a builtin that a generator yields",
    "return ([] as any).x;",
    {},
    "function* give(): any { yield Array; } for (const C of give()) C.prototype.x = @;",
  ],
  [
    "a builtin that a constructor gets",
    "return ([] as any).x;",
    {},
    "class P { constructor(C: any) { C.prototype.x = @; } } new P(Array);",
  ],
  [
    "a builtin in a field",
    "return ([] as any).x;",
    {},
    "class P { static C: any = Array; static { this.C.prototype.x = @; } }",
  ],
  [
    "a constructor that is taken out",
    "return ([] as any).x;",
    {},
    "const { constructor: C }: any = []; C.prototype.x = @;",
  ],
  ["__proto__ that is taken out", "return ([] as any).x;", {}, "const { __proto__: p }: any = []; p.x = @;"],
  ["__proto__ in quotes", "return ([] as any).x;", {}, "([] as any)['__proto__'].x = @;"],
  [
    "a mark of performance",
    "return performance.getEntriesByName('a').length;",
    {},
    "for (let i = 0; i < @; i += 1) performance.mark('a');",
  ],
  ["a group of the console", "console.log('x'); return 1;", {}, "if (@ > 1) console.group();"],
]);
