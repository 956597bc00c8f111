import { beforeEach, expect, test } from "vitest";
import { expandSet } from "../../src/files/glob.ts";
import type { FileSet } from "../../src/model/graph.ts";
import { MemoryHost } from "../support/memory-host.ts";

let host: MemoryHost;

beforeEach(() => {
  host = new MemoryHost();
  for (const path of [
    "README.md",
    "data/a.csv",
    "data/b.CSV",
    "data/deep/c.csv",
    "data/.hidden.csv",
    ".config/x.csv",
    "node_modules/p/d.csv",
    ".git/e.csv",
    ".inc/f.csv",
    "src/one.ts",
    "src/lib/two.ts",
    "src/lib/two.test.ts",
    "out/gen.ts",
  ])
    host.write(`/w/${path}`, "");
});

function expand(patterns: string | string[], more: Partial<FileSet> = {}, directories = false): string[] {
  const set: FileSet = {
    patterns: [patterns].flat(),
    exclude: [],
    gitignore: false,
    label: "",
    location: { file: "", line: 1, column: 1 },
    allowEmpty: true,
    ...more,
  };
  const at = (path: string): string => (path === "." ? "/w" : `/w/${path}`);
  const source = {
    list: (path: string) => host.readDirectory(at(path)),
    readText: (path: string) => host.read(at(path))?.toString(),
    ignores: () => ({ files: [], ignoresCase: false }),
    real: (path: string) => path,
  };
  return [...expandSet(set, source, directories).paths];
}

test.each([
  ["data/*.csv", ["data/a.csv"]],
  ["data/**/*.csv", ["data/a.csv", "data/deep/c.csv"]],
  ["**/*.csv", ["data/a.csv", "data/deep/c.csv"]],
  ["data/.*.csv", ["data/.hidden.csv"]],
  [".config/*.csv", [".config/x.csv"]],
  ["node_modules/p/*.csv", ["node_modules/p/d.csv"]],
  ["{src,out}/*.ts", ["out/gen.ts", "src/one.ts"]],
  ["src/**/*.ts", ["src/lib/two.test.ts", "src/lib/two.ts", "src/one.ts"]],
  ["README.md", ["README.md"]],
  ["nothing/*.x", []],
  [".git/*.csv", [".git/e.csv"]],
  ["*/e.csv", []],
])("%s", (pattern, paths) => {
  expect(expand(pattern)).toEqual(paths);
});

test("several patterns give one sorted set", () => {
  expect(expand(["src/one.ts", "src/*.ts", "data/*.csv"])).toEqual(["data/a.csv", "src/one.ts"]);
});

test("excluded files are left out, and an excluded directory with all that it contains", () => {
  expect(expand("src/**/*.ts", { exclude: ["**/*.test.ts"] })).toEqual(["src/lib/two.ts", "src/one.ts"]);
  expect(expand("src/**/*.ts", { exclude: ["src/lib"] })).toEqual(["src/one.ts"]);
  expect(expand("data/*.csv", { exclude: ["data"] })).toEqual([]);
  expect(expand(".config/*.csv", { exclude: ["**/*.csv"] })).toEqual([]);
});

test("with gitignore, ignored files are left out, by nested .gitignore files as well", () => {
  host.write("/w/.gitignore", "out/\n*.test.ts\n");
  host.write("/w/src/lib/.gitignore", "!two.test.ts\ntwo.ts\n");
  expect(expand("**/*.ts", { gitignore: true })).toEqual(["src/lib/two.test.ts", "src/one.ts"]);
  expect(expand("**/*.ts")).toContain("out/gen.ts");
});

test("a pattern can match directories instead of files", () => {
  expect(expand("src/*", {}, true)).toEqual(["src/lib"]);
});

test("a symlink to a directory is not entered", () => {
  host.link("/w/src/loop", "../src");
  expect(expand("src/**/*.ts")).toEqual(["src/lib/two.test.ts", "src/lib/two.ts", "src/one.ts"]);
});

test("only directories that can hold a match are listed", () => {
  host.accesses.length = 0;
  expand("data/*.csv");
  expect(host.accesses).toEqual(["list /w/data"]);
});
