import { type Edit, pipeline, type Tree } from "./trees.ts";

/** An edit of a tree of files with a function task. The number in its name is that of the list that slices were designed by. */
export interface Case {
  readonly name: string;
  readonly before: Tree;
  readonly edit: Edit;
}

/** A manifest with a task that calls `helper` of lib.ts. */
export const useHelper = pipeline("return helper(2);", 'import { helper } from "./lib.ts";');

/** A package in node_modules, with its entry in the lockfile. */
export function installed(
  name: string,
  version: string,
  content: string,
  dependencies: Record<string, string> = {},
): Tree {
  const manifest = { name, version, main: "index.js", dependencies };
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify(manifest),
    [`node_modules/${name}/index.js`]: content,
  };
}

/** A package-lock.json. */
export function lock(packages: Record<string, string>): string {
  const entries = Object.entries(packages).map(([name, version]) => [
    `node_modules/${name}`,
    { version, integrity: `sha512-${name}-${version}` },
  ]);
  return JSON.stringify({ lockfileVersion: 3, packages: Object.fromEntries(entries) });
}

/** A task that uses the package csv, which depends on split; the package idle is imported and not used. */
export const withPackage: Tree = {
  "pipeline.ts": pipeline("return parse('a');", 'import { parse } from "csv";\nimport { other } from "idle";'),
  ...installed("csv", "1.0.0", "exports.parse = (x) => x;", { split: "1" }),
  ...installed("split", "1.0.0", "module.exports = 1;"),
  ...installed("idle", "1.0.0", "exports.other = 1;"),
  "package-lock.json": lock({ csv: "1.0.0", split: "1.0.0", idle: "1.0.0" }),
};

/** Source in one line: `@` is where the edit is made, `1` before and `2` after. */
export type Row = readonly [name: string, run: string, files: Readonly<Record<string, string>>, imports?: string];

/** Cases in short: a task that runs the text, and the other files. */
export function cases(rows: readonly Row[]): readonly Case[] {
  return rows.map(([name, run, files, imports = ""]) => {
    const all: Tree = { "pipeline.ts": pipeline(run, imports), ...files };
    const fill = (text: string): Tree =>
      Object.fromEntries(Object.entries(all).map(([path, content]) => [path, content?.replaceAll("@", text) ?? null]));
    return { name, before: fill("1"), edit: fill("2") as Case["edit"] };
  });
}
