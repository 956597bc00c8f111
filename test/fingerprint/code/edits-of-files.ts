import { type Case, installed, lock, withPackage } from "./edit.ts";
import { pipeline } from "./trees.ts";

/** Edits of data, packages, and how modules are found. The task has to run again. */
export const FILES: readonly Case[] = [
  {
    name: "30 a value of an imported JSON file",
    before: {
      "pipeline.ts": pipeline("return data.a;", 'import data from "./data.json" with { type: "json" };'),
      "data.json": '{ "a": 1 }',
    },
    edit: { "data.json": ["1", "2"] },
  },
  {
    name: "31 an asset by new URL(…, import.meta.url)",
    before: {
      "pipeline.ts": pipeline('return read(new URL("./words.txt", import.meta.url));', "const read = (x: URL) => x;"),
      "words.txt": "a",
    },
    edit: { "words.txt": "b" },
  },
  {
    name: "37 another version of a package",
    before: withPackage,
    edit: {
      ...installed("csv", "1.1.0", "exports.parse = (x) => [x];", { split: "1" }),
      "package-lock.json": lock({ csv: "1.1.0", split: "1.0.0", idle: "1.0.0" }),
    },
  },
  {
    name: "38 another version of what a package depends on",
    before: withPackage,
    edit: {
      ...installed("split", "1.0.1", "module.exports = 2;"),
      "package-lock.json": lock({ csv: "1.0.0", split: "1.0.1", idle: "1.0.0" }),
    },
  },
  { name: "39 a patch of the same version", before: withPackage, edit: { "patches/csv+1.0.0.patch": "+ 1" } },
  {
    name: "39 another text of a patch",
    before: { ...withPackage, "patches/split+1.0.0.patch": "+ 1" },
    edit: { "patches/split+1.0.0.patch": "+ 2" },
  },
  {
    name: "39 a file of a package without a lockfile",
    before: { ...withPackage, "package-lock.json": null },
    edit: { "node_modules/csv/index.js": ["=> x", "=> -x"] },
  },
  {
    name: "a file behind a link in a package without a lockfile",
    before: {
      ...withPackage,
      "package-lock.json": null,
      "node_modules/csv/index.js": "-> ../../shared/csv.js",
      "shared/csv.js": "exports.parse = (x) => x;",
    },
    edit: { "shared/csv.js": ["=> x", "=> -x"] },
  },
  {
    name: "a file in a directory behind a link in a package without a lockfile",
    before: {
      ...withPackage,
      "package-lock.json": null,
      "node_modules/csv/lib": "-> ../../shared",
      "node_modules/csv/up": "-> ..",
      "shared/csv.js": "exports.parse = (x) => x;",
    },
    edit: { "shared/csv.js": ["=> x", "=> -x"] },
  },
  {
    name: "40 the source of a linked package",
    before: {
      "pipeline.ts": pipeline("return f();", 'import { f } from "@app/lib";'),
      "node_modules/@app/lib": "-> ../../packages/lib",
      "packages/lib/package.json": '{ "name": "@app/lib", "type": "module", "exports": "./index.js" }',
      "packages/lib/index.js": "export const f = () => 1;",
    },
    edit: { "packages/lib/index.js": ["=> 1", "=> 2"] },
  },
  {
    name: "41 exports that lead elsewhere",
    before: {
      "pipeline.ts": pipeline("return f();", 'import { f } from "@app/lib";'),
      "node_modules/@app/lib": "-> ../../packages/lib",
      "packages/lib/package.json": '{ "name": "@app/lib", "type": "module", "exports": "./a.js" }',
      "packages/lib/a.js": "export const f = () => 1;",
      "packages/lib/b.js": "export const f = () => 2;",
    },
    edit: { "packages/lib/package.json": ["./a.js", "./b.js"] },
  },
  {
    name: "41 imports of package.json that lead elsewhere",
    before: {
      "pipeline.ts": pipeline("return f();", 'import { f } from "#lib";'),
      "package.json": '{ "type": "module", "imports": { "#lib": "./a.js" } }',
      "a.js": "export const f = () => 1;",
      "b.js": "export const f = () => 2;",
    },
    edit: { "package.json": ["./a.js", "./b.js"] },
  },
  {
    name: "44 any module that a computed import can mean",
    before: {
      "pipeline.ts": pipeline("const kind = 'b'; return import(`./handlers/${kind}.ts`);"),
      "handlers/a.ts": "export const x = 1;",
      "handlers/b.ts": "export const x = 1;",
    },
    edit: { "handlers/b.ts": ["= 1", "= 2"] },
  },
  {
    name: "44 a new module that a computed import can mean",
    before: {
      "pipeline.ts": pipeline("const kind = 'b'; return import(`./handlers/${kind}.ts`);"),
      "handlers/a.ts": "export const x = 1;",
    },
    edit: { "handlers/c.ts": "export const x = 3;" },
  },
  {
    name: "45 a new file that wins",
    before: {
      "pipeline.ts": pipeline("return f();", 'import f from "./lib.cjs";'),
      "lib.cjs": "module.exports = require('./a');",
      "a.json": "1",
    },
    edit: { "a.js": "module.exports = () => 2;" },
  },
  {
    name: "45 a package nearer by",
    before: {
      ...withPackage,
      "pipeline.ts": pipeline("return f();", 'import { f } from "./src/lib.ts";'),
      "src/lib.ts": 'import { parse } from "csv";\nexport const f = () => parse("a");',
    },
    edit: {
      "src/node_modules/csv/package.json": '{ "name": "csv", "version": "2.0.0", "main": "index.js" }',
      "src/node_modules/csv/index.js": "exports.parse = 1;",
    },
  },
];
