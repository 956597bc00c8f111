import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./projects.ts";

const README = readFileSync(join(ROOT, "src/README.md"), "utf8");

/** The folders below a folder of the repository, relative to it, sorted. */
function foldersIn(top: string): readonly string[] {
  return readdirSync(join(ROOT, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(ROOT, top, "/").length))
    .sort();
}

test("the map of src/ has one line for each folder, in the order of the import rules", () => {
  const map = README.slice(README.indexOf("```\n"), README.lastIndexOf("```"));
  const drawn = [...map.matchAll(/^ *([a-z][a-z/-]*)\/ {2,}\S/gm)].map(([, folder]) => folder as string);
  expect([...drawn].sort()).toEqual(foldersIn("src"));
  const rules = readFileSync(join(ROOT, ".dependency-cruiser.cjs"), "utf8");
  const layers = [...rules.slice(rules.indexOf("LAYERS = ["), rules.indexOf("];")).matchAll(/"(\w+)"/g)].map(
    ([, layer]) => layer,
  );
  expect(drawn.filter((folder) => !folder.includes("/"))).toEqual(layers);
});

test("every file and folder that the map names exists", () => {
  const named = [...README.matchAll(/`([a-z-]+(?:\/[a-z-]+)*\/(?:[a-z-]+\.ts)?)`/g)].map(([, path]) => path as string);
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter((path) => {
    const at = join(ROOT, path.startsWith("test/") ? path : `src/${path}`);
    return statSync(at, { throwIfNoEntry: false }) === undefined;
  });
  expect(missing).toEqual([]);
});

function filesIn(directory: string): readonly string[] {
  return readdirSync(join(ROOT, directory), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(directory, name));
}

test.each(["src", "test", "bench"])(
  "no folder of %s/ holds more than 25 files, and no file more than 300 lines",
  (top) => {
    const folders = [top, ...foldersIn(top).map((folder) => join(top, folder))];
    expect(folders.filter((folder) => filesIn(folder).length > 25)).toEqual([]);
    const lines = (path: string): number => readFileSync(join(ROOT, path), "utf8").split("\n").length - 1;
    const code = folders.flatMap(filesIn).filter((path) => /\.[jt]s$/.test(path));
    expect(code.length).toBeGreaterThan(20);
    expect(code.filter((path) => lines(path) > 300)).toEqual([]);
  },
);

test("each folder of test/ is a room of src/ or a row of CONTRIBUTING's table", () => {
  const contributing = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const rows = [...contributing.matchAll(/^\| `test\/([a-z]+)` /gm)].map(([, name]) => name as string);
  const rooms = new Set([...foldersIn("src"), ...rows]);
  expect(foldersIn("test").filter((folder) => !rooms.has(folder))).toEqual([]);
});

test.each(["docs/decisions.md", "docs/glossary.md", "CONTRIBUTING.md", "src/README.md"])(
  "every source file that %s names exists",
  (page) => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const named = [...text.matchAll(/(?<![\w./*-])[\w-]+(?:\/[\w-]+)*\/[\w.-]+\.[jt]s\b/g)].map(([path]) => path);
    const missing = named.filter((path) => !existsSync(join(ROOT, "src", path)) && !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  },
);
