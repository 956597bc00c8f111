import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Slicer } from "../../../src/fingerprint/code/slice.ts";
import { realFiles } from "../../../src/host/files/files.ts";
import { hasher } from "../../../src/host/files/hash.ts";

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "inc-independent-")));
  write(
    "lib/names.ts",
    "let made = 0;\nexport const next = () => (made += 1);\nexport const named = (e) => `${e.id}.txt`;",
  );
  write("lib/counts.cjs", "exports.count = (e) => e.n;");
  write("node_modules/slug/package.json", '{ "name": "slug", "version": "1.0.0" }');
  write("node_modules/slug/index.js", "export const slug = (text) => text;");
});

afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** Whether the callback, whose parameter is called `e`, is independent. */
function isIndependent(callback: string, before = ""): boolean {
  const text = [
    'import { join } from "node:path"; import { slug } from "slug"; import { each, out, param, sh, task } from "inc-run";',
    'import { named, next } from "./lib/names.ts"; import { count } from "./lib/counts.cjs";',
    before,
    `export const units = each([1], { key: String }, ${callback});`,
  ];
  write("pipeline.ts", text.join("\n"));
  const module = join(root, "pipeline.ts");
  const at = text.findIndex((line) => line.includes("(e) =>"));
  const entry = { module, line: at, column: text[at]?.indexOf("(e) =>") ?? 0 };
  return new Slicer({ root, manifest: module, files: realFiles, hasher }).isIndependent(entry);
}

test.each([
  ["a command of its element", "(e) => task(sh`echo ${e.v} > ${out(`build/${e.id}`)}`)"],
  [
    "what tasks and parameters are called",
    "(e) => task(sh`${tool} ${e.v} ${schema} > ${out(named(e))}`)",
    "const tool = param('t', 'x'); export const schema = task(sh`x > ${out('s')}`);",
  ],
  ["constants, and what Node computes", "(e) => task(sh`cat ${join(DIR, e.id)}`)", 'const DIR = "data";'],
  [
    "what it makes itself",
    "(e) => { const all = []; all.push(e); e.tags.sort(); let n = 0; n += 1; return task(sh`${n}`); }",
  ],
  [
    "what its function does when it runs",
    "(e) => task({ run() { next(); slug(e); seen.add(e); globalThis.n = 1; } })",
    "const seen = new Set();",
  ],
  ["a table that it looks at", "(e) => task(sh`${TABLE[e.id]}`)", "const TABLE = { a: 1 };"],
])("what calls %s leaves all as it was", (_what, callback, before?: string) => {
  expect(isIndependent(callback, before)).toBe(true);
});

test.each([
  ["counts", "(e) => task(sh`${(n += 1)}`)", "let n = 0;"],
  ["counts in another module", "(e) => task(sh`${next()}`)"],
  ["remembers what it has seen", "(e) => { seen.add(e); return task(sh`x`); }", "const seen = new Set();"],
  ["remembers it in an object", "(e) => { seen[e.id] = true; return task(sh`x`); }", "const seen = {};"],
  [
    "has a helper that does",
    "(e) => task(sh`${numbered(e)}`)",
    "const all = []; function numbered(e) { return all.push(e); }",
  ],
  ["takes from an iterator", "(e) => { for (const n of ids) return task(sh`${n}`); }", "const ids = [1, 2].values();"],
  ["asks an iterator", "(e) => task(sh`${ids.next().value}`)", "const ids = [1, 2].values();"],
  ["changes what is global", "(e) => { globalThis.n = 1; return task(sh`x`); }"],
  [
    "calls a function that another one made",
    "(e) => task(sh`${next2()}`)",
    "const counter = () => { let n = 0; return () => (n += 1); }; const next2 = counter();",
  ],
  ["calls a package", "(e) => task(sh`${slug(e.id)}`)"],
  ["calls CommonJS", "(e) => task(sh`${count(e)}`)"],
  ["runs text", '(e) => task(sh`${eval("1")}`)'],
])("what %s may differ with each call", (_what, callback, before?: string) => {
  expect(isIndependent(callback, before)).toBe(false);
});

test("a variable around the callback may be changed by it", () => {
  const before =
    "function fan() { let n = 0; return each([1], (e) => task(sh`${(n += 1)}`)); } export const x = fan();";
  expect(isIndependent("String", before)).toBe(false);
});
