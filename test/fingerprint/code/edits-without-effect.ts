import { type Case, installed, lock, useHelper, withPackage } from "./edit.ts";
import { pipeline } from "./trees.ts";

/** Edits after which the task must not run again. */
export const UNCHANGED: readonly Case[] = [
  {
    name: "47 a comment",
    before: { "pipeline.ts": useHelper, "lib.ts": "export const helper = (x: number) => x;" },
    edit: { "lib.ts": ["=> x", "=> /* the same */ x // there"] },
  },
  {
    name: "48 documentation",
    before: { "pipeline.ts": useHelper, "lib.ts": "export const helper = (x: number) => x;" },
    edit: { "lib.ts": ["export", "/** @param x A number. */\nexport"] },
  },
  {
    name: "49 layout, quotes, semicolons, parentheses",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts": "export const helper = (x: number) => { const a = 'b'; return { 'k': a, x } };",
    },
    edit: {
      "lib.ts": 'export const helper =\n  (x: number) => {\n    const a = "b"\n    return ({ k: a, x: x })\n  }\n',
    },
  },
  {
    name: "49 line ends",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts": "export const helper = (x: number) => {\n  return `a\nb${x}`;\n};\n",
    },
    edit: { "lib.ts": "export const helper = (x: number) => {\r\n  return `a\r\nb${x}`;\r\n};\r\n" },
  },
  {
    name: "50 types",
    before: { "pipeline.ts": useHelper, "lib.ts": "export const helper = (x) => ({ a: x });\nexport class C {}" },
    edit: {
      "lib.ts": "export const helper = <T,>(x: T): { a: T } => ({ a: x! as T } satisfies { a: T });\nexport class C {}",
    },
  },
  {
    name: "51 an import and an export of types alone",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts": "export const helper = (x: number) => x;",
      "types.ts": "export type T = 1;",
    },
    edit: {
      "lib.ts":
        'import type { T } from "./types.ts";\nexport type { T } from "./types.ts";\nexport const helper = (x: number) => x;',
    },
  },
  {
    name: "52 an interface",
    before: { "pipeline.ts": useHelper, "lib.ts": "export const helper = (x: number) => x;" },
    edit: { "lib.ts": ["export", "interface I { a: number }\ntype T = I;\nexport"] },
  },
  {
    name: "53 a helper that is not used",
    before: { "pipeline.ts": pipeline("return 1;", "function idle() { return 1; }") },
    edit: { "pipeline.ts": ["return 1; }\n", "return 2; }\n"] },
  },
  {
    name: "54 another export of an imported module",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts": "export const helper = (x: number) => x;\nexport const other = (x: number) => x;",
    },
    edit: { "lib.ts": ["other = (x: number) => x", "other = (x: number) => -x"] },
  },
  {
    name: "54 another export, which uses the same helper",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts":
        "const K = [1];\nfunction base(x: number) { return x + K.length; }\nexport const helper = (x: number) => base(x);\nexport const other = (x: number) => base(x);\nexport const table = { base, K };",
    },
    edit: { "lib.ts": ["other = (x: number) => base(x)", "other = (x: number) => -base(x)"] },
  },
  {
    name: "55 functions in another order",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts":
        "function a(x: number) { return x; }\nfunction b(x: number) { return -x; }\nexport const helper = (x: number) => a(x) + b(x);",
    },
    edit: {
      "lib.ts":
        "export const helper = (x: number) => a(x) + b(x);\nfunction b(x: number) { return -x; }\nfunction a(x: number) { return x; }",
    },
  },
  {
    name: "56 another task of the manifest",
    before: {
      "pipeline.ts": `${useHelper}\nexport const u = task({ outputs: { o: "p" }, run: async () => helper(3) });\n`,
      "lib.ts": "export const helper = (x: number) => x;",
    },
    edit: { "pipeline.ts": ["helper(3)", "[helper(4), helper]"] },
  },
  ...[
    [
      "made by each",
      'export const u = each(["a"], (k) => task({ outputs: { o: k }, run: async () => helper(3) }));',
      "helper(3)",
      "[helper(4), k]",
    ],
    [
      "made by a function",
      'const make = (o: string) => task({ outputs: { o }, run: async () => helper(1) });\nexport const u = make("p");',
      '"p"',
      '"q"',
    ],
    ["with the same function", 'export const u = task({ outputs: { o: "p" }, run: helper });', '"p"', '"q"'],
  ].map(
    ([how, more = "", from = "", to = ""]): Case => ({
      name: `56 another task of the manifest, ${how}`,
      before: {
        "pipeline.ts": `import { each } from "inc-run";\n${useHelper}\n${more}\n`,
        "lib.ts": "const one = (x: number) => x;\nexport const helper = (x: number) => [x].map(one);",
      },
      edit: { "pipeline.ts": [from, to] },
    }),
  ),
  {
    name: "57 the task renamed",
    before: { "pipeline.ts": pipeline("return 1;") },
    edit: { "pipeline.ts": ["export const t", "export const renamed"] },
  },
  {
    name: "58 a file moved, with the imports of it",
    before: {
      "pipeline.ts": pipeline('return helper((await import("./b.ts")).b);', 'import { helper } from "./lib.ts";'),
      "lib.ts": 'import { c } from "./c.ts";\nexport const helper = (x: number) => x + c;',
      "b.ts": "export const b = 1;",
      "c.ts": "export const c = 1;",
    },
    edit: {
      "pipeline.ts": pipeline(
        'return helper((await import("./deep/b.ts")).b);',
        'import { helper } from "./deep/lib.ts";',
      ),
      "lib.ts": null,
      "b.ts": null,
      "deep/lib.ts": 'import { c } from "../c.ts";\nexport const helper = (x: number) => x + c;',
      "deep/b.ts": "export const b = 1;",
    },
  },
  {
    name: "59 a global that a local hides",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts":
        "const k = 1;\nexport const helper = (k: number) => { { const helper = k; return helper; } };\nexport const other = k;",
    },
    edit: { "lib.ts": ["k = 1", "k = 2"] },
  },
  {
    name: "60 a property with the name of an edited binding",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts": "const k = 1;\nexport const helper = (x: { k: number }) => x.k;\nexport const other = k;",
    },
    edit: { "lib.ts": ["k = 1", "k = 2"] },
  },
  {
    name: "61 an empty line above",
    before: { "pipeline.ts": useHelper, "lib.ts": "export const helper = (x: number) => x;" },
    edit: { "lib.ts": ["export", "\n\nexport"] },
  },
  {
    name: "62 an import of something pure that is not used",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts": "export const helper = (x: number) => x;",
      "pure.ts": "export const f = () => 1;",
    },
    edit: { "lib.ts": ["export", 'import { f } from "./pure.ts";\nexport'] },
  },
  {
    name: "63 another version of a package that is not used",
    before: withPackage,
    edit: {
      ...installed("idle", "1.1.0", "exports.other = 2;"),
      "package-lock.json": lock({ csv: "1.0.0", split: "1.0.0", idle: "1.1.0" }),
    },
  },
  {
    name: "64 a new installation of the same",
    before: withPackage,
    edit: { "package-lock.json": ['"lockfileVersion":3', '"lockfileVersion":2'] },
  },
  {
    name: "64 the same packages from a mirror, in another order",
    before: withPackage,
    edit: {
      "package-lock.json": lock({ idle: "1.0.0", split: "1.0.0", csv: "1.0.0" }).replaceAll(
        '"integrity"',
        '"resolved":"https://mirror.example/x.tgz","integrity"',
      ),
      "node_modules/.package-lock.json": "{}",
    },
  },
  {
    name: "64 the same packages, laid out otherwise",
    before: withPackage,
    edit: {
      "node_modules/split/package.json": null,
      "node_modules/split/index.js": null,
      "node_modules/csv/node_modules/split/package.json":
        '{"name":"split","version":"1.0.0","main":"index.js","dependencies":{}}',
      "node_modules/csv/node_modules/split/index.js": "module.exports = 1;",
      "package-lock.json": ["node_modules/split", "node_modules/csv/node_modules/split"],
    },
  },
  {
    name: "68 an edit and its reversal",
    before: { "pipeline.ts": pipeline("return 1;") },
    edit: { "pipeline.ts": pipeline("return 1;") },
  },
  {
    name: "69 scripts of package.json",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts": "export const helper = (x: number) => x;",
      "package.json": '{ "type": "module" }',
    },
    edit: { "package.json": '{ "type": "module", "scripts": { "a": "b" }, "description": "c" }' },
  },
  {
    name: "70 a test",
    before: { "pipeline.ts": useHelper, "lib.ts": "export const helper = (x: number) => x;", "lib.test.ts": "1" },
    edit: { "lib.test.ts": "2" },
  },
  {
    name: "66 what untracked is given",
    before: {
      "pipeline.ts": pipeline(
        "quiet(1);",
        'import { untracked } from "inc-run";\nimport { log } from "./log.ts";\nconst quiet = untracked(log);',
      ),
      "log.ts": "export const log = (x: number) => console.log(x);",
    },
    edit: { "log.ts": ["console.log(x)", "console.error(x)"] },
  },
  {
    name: "66 a function that untracked is given",
    before: {
      "pipeline.ts": pipeline(
        "quiet(1);",
        'import { untracked } from "inc-run";\nconst quiet = untracked((x: number) => console.log(x));',
      ),
    },
    edit: { "pipeline.ts": ["console.log(x)", "console.error(x)"] },
  },
  {
    name: "a pure call that another export is made by",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts":
        'import { z } from "schemas";\nexport const helper = (x: number) => z.parse(x);\nexport const other = /* @__PURE__ */ z.object(1);',
      ...installed("schemas", "1.0.0", "exports.z = {};"),
    },
    edit: { "lib.ts": ["object(1)", "object(2)"] },
  },
  {
    name: "a call of a package without side effects, for its result",
    before: {
      "pipeline.ts": useHelper,
      "lib.ts":
        'import { z } from "schemas";\nexport const helper = (x: number) => z.parse(x);\nexport const other = z.object(1);',
      "node_modules/schemas/package.json":
        '{ "name": "schemas", "version": "1.0.0", "sideEffects": false, "main": "index.js" }',
      "node_modules/schemas/index.js": "exports.z = {};",
    },
    edit: { "lib.ts": ["object(1)", "object(2)"] },
  },
];
