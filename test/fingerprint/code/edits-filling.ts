import { type Case, cases } from "./edit.ts";

const table = 'import { table } from "./lib.ts";\nimport "./fill.ts";';
const TABLE = "export const table: any = {};";
const fill = (statement: string, more = ""): Record<string, string> => ({
  "lib.ts": `${TABLE}\n${more}`,
  "fill.ts": `import { table } from "./lib.ts";\nimport * as all from "./lib.ts";\n${statement}`,
});

/** Statements by which loading a module changes a table that the task uses. */
export const FILLING: readonly Case[] = cases([
  ["an assignment in an if", "return table;", fill("if (process.pid) { table.x = @; }"), table],
  ["a loop", "return table;", fill("for (const x of [@]) table[x] = x;"), table],
  ["a try", "return table;", fill("try { table.x = @; } finally {}"), table],
  ["Object.assign", "return table;", fill("Object.assign(table, { x: @ });"), table],
  ["Reflect.set", "return table;", fill("Reflect.set(table, 'x', @);"), table],
  ["??=", "return table;", fill("table.x ??= @;"), table],
  ["destructuring into a member", "return table;", fill("[table.x] = [@];"), table],
  ["destructuring of an object", "return table;", fill("({ a: table.x } = { a: @ });"), table],
  ["a loop over members", "return table;", fill("for (table.x of [@]);"), table],
  ["delete", "return table;", fill("delete table['x@'];"), table],
  ["an update", "return table;", fill("table['x@']++;"), table],
  ["through the namespace", "return table;", fill("all.table.x = @;"), table],
  ["through a nested member", "return table;", fill("all.deep.table.x = @;", "export const deep = { table };"), table],
  ["through an alias", "return table;", fill("const t = table; t.x = @;"), table],
  [
    "through an alias in a function",
    "return table;",
    fill("function f(t: any) { const u = t; u.x = @; } f(table);"),
    table,
  ],
  [
    "through a function that returns it",
    "return table;",
    fill("all.get().x = @;", "export const get = () => table;"),
    table,
  ],
  [
    "through a method of a class",
    "return table;",
    fill("all.R.add(@);", "export class R { static add(x: any) { table.x = x; } }"),
    table,
  ],
  [
    "through a setter",
    "return table;",
    fill("all.o.x = @;", "export const o = { set x(v: any) { table.x = v; } };"),
    table,
  ],
  [
    "through a getter that is only looked at",
    "return table;",
    fill("all.o.x;", "export const o = { get x() { table.x = @; return 1; } };"),
    table,
  ],
  ["through a callback", "return table;", fill("[@].forEach((x) => { table.x = x; });"), table],
  ["in a function that is called at once", "return table;", fill("(() => { table.x = @; })();"), table],
  ["in a function that is called later", "return table;", fill("setTimeout(() => { table.x = @; });"), table],
  ["after an await", "return table;", fill("await Promise.resolve(); table.x = @;"), table],
  ["in a static block", "return table;", fill("class C { static { table.x = @; } }"), table],
  ["in a static field", "return table;", fill("class C { static a = (table.x = @); }"), table],
  ["in a computed key", "return table;", fill("class C { [(table.x = @)]() {} }"), table],
  ["in a default that is used", "return table;", fill("function f(a = (table.x = @)) {} f();"), table],
  [
    "by a tagged template",
    "return table;",
    fill("const tag = (s: any, x: any) => { table.x = x; }; tag`${@}`;"),
    table,
  ],
  ["by new", "return table;", fill("class C { constructor(x: any) { table.x = x; } } new C(@);"), table],
  [
    "by a module that is imported at the top",
    "return table;",
    {
      "lib.ts": TABLE,
      "fill.ts": 'await import("./more.ts");',
      "more.ts": 'import { table } from "./lib.ts"; table.x = @;',
    },
    table,
  ],
  [
    "by modules that a loop imports",
    "return table;",
    {
      "lib.ts": TABLE,
      "fill.ts": "for (const x of ['a']) await import(`./plugins/${x}.ts`);",
      "plugins/a.ts": 'import { table } from "../lib.ts"; table.x = @;',
    },
    table,
  ],
  [
    "through a re-export",
    "return table;",
    {
      "lib.ts": TABLE,
      "index.ts": 'export * from "./lib.ts";',
      "fill.ts": 'import { table as t } from "./index.ts"; t.x = @;',
    },
    table,
  ],
  [
    "a property of a function",
    "return f.limit;",
    { "lib.ts": "export function f() {}\nf.limit = @;" },
    'import { f } from "./lib.ts";',
  ],
  [
    "a method that is added to a class",
    "return new C().m();",
    { "lib.ts": "export class C {}\n(C.prototype as any).m = () => @;" },
    'import { C } from "./lib.ts";',
  ],
  ["a variable of the process", "return process.env.X;", {}, "process.env.X = '@';"],
  ["the working directory", "return process.cwd();", {}, "process.chdir('@');"],
  [
    "hooks of Node",
    "return 1;",
    {},
    'import { registerHooks } from "node:module";\nregisterHooks({ resolve: (a, b, next) => next(a + "@", b) });',
  ],
  ["a global's setting", "return 1;", {}, "Error.stackTraceLimit = @;"],
  [
    "a setting of a package",
    "return get(1);",
    { ...pkg("axios"), "lib.ts": "import axios from 'axios'; axios.defaults.x = @;" },
    'import { get } from "axios";\nimport "./lib.ts";',
  ],
  [
    "a plugin of a package",
    "return day();",
    { ...pkg("dayjs"), "lib.ts": "import d from 'dayjs'; d.extend(@);" },
    'import day from "dayjs";\nimport "./lib.ts";',
  ],
  [
    "a package that is called for what it does",
    "return 1;",
    { ...pkg("dotenv"), "lib.ts": "import { config } from 'dotenv'; config({ path: '@' });" },
    'import "./lib.ts";',
  ],
  [
    "a value between two changes of it",
    "return first;",
    { "lib.ts": "let n = 0; n += 1; export const first = n; n += @;" },
    'import { first } from "./lib.ts";',
  ],
]);

function pkg(name: string): Record<string, string> {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: "1.0.0", main: "index.js" }),
    [`node_modules/${name}/index.js`]: "module.exports = {};",
  };
}
