import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RememberedSlice } from "../../../src/fingerprint/code/memory.ts";
import { Slicer } from "../../../src/fingerprint/code/slice.ts";
import { realFiles } from "../../../src/host/files/files.ts";
import { hasher } from "../../../src/host/files/hash.ts";
import type { Digest } from "../../../src/model/digest.ts";
import { pipeline } from "./trees.ts";

const IMPORTS = 'import { f } from "./lib.cjs"; import { load } from "one";';

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "inc-slice-")));
  write("pipeline.ts", pipeline("return import(`./handlers/${f(load)}.ts`);", IMPORTS));
  write("lib.cjs", "exports.f = require('./a');");
  write("a.json", "1");
  write("handlers/x.ts", "export const x = 1;");
  write("node_modules/one/package.json", '{ "name": "one", "version": "1.0.0", "main": "index.js" }');
  write("node_modules/one/index.js", "exports.load = (name) => require(`./lib/${name}`);");
});

afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** The digest, with a memory that outlives the slicer. */
function digest(memory: Map<string, RememberedSlice>): Digest | undefined {
  const module = join(root, "pipeline.ts");
  const slicer = new Slicer({ root, manifest: module, files: realFiles, hasher }, memory);
  const text = realFiles.read(module)?.toString() ?? "";
  const line = text.split("\n").findIndex((one) => one.includes("run("));
  return slicer.slice({ module, line, column: (text.split("\n")[line] ?? "").indexOf("run(") + 3 })?.digest;
}

/** What an inc would have remembered that digests code in another way. */
function fromAnotherInc(): Map<string, RememberedSlice> {
  const memory = new Map<string, RememberedSlice>();
  digest(memory);
  const other = "0".repeat(64) as Digest;
  return new Map([...memory].map(([key, one]) => [key, { ...one, slice: { ...one.slice, digest: other } }]));
}

test("an inc that digests code otherwise keeps the digests of code that is the same byte for byte", () => {
  const memory = fromAnotherInc();
  expect(digest(memory)).toBe("0".repeat(64));
  write("unrelated.ts", "export {};");
  expect(digest(memory)).toBe("0".repeat(64));
});

test.each([
  ["an edit", "a.json", "2"],
  ["a comment in a module", "handlers/x.ts", "export const x = 1; // one"],
  ["a new file that wins", "a.js", "module.exports = 1;"],
  ["a new module that a computed import can mean", "handlers/y.ts", "export const y = 1;"],
  ["a new file of a package without a lockfile", "node_modules/one/lib/y.js", "module.exports = 1;"],
])("%s makes the slice anew", (_, path, text) => {
  const memory = fromAnotherInc();
  write(path, text);
  expect(digest(memory)).not.toBe("0".repeat(64));
});

test.each([
  ["a link to another file", "shared/two.js"],
  ["another file behind a link", "shared/one.js"],
])("%s of a package without a lockfile makes the slice anew", (_, edited) => {
  write("shared/one.js", "module.exports = 1;");
  write("shared/two.js", "module.exports = 1;");
  const link = join(root, "node_modules/one/lib.js");
  symlinkSync("../../shared/one.js", link);
  const memory = fromAnotherInc();
  if (edited === "shared/one.js") write(edited, "module.exports = 2;");
  else {
    rmSync(link);
    symlinkSync(`../../${edited}`, link);
  }
  expect(digest(memory)).not.toBe("0".repeat(64));
});
