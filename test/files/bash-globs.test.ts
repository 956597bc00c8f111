import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expandSet } from "../../src/files/glob.ts";
import { FileIndex } from "../../src/files/index.ts";
import { listThrough } from "../../src/files/linked.ts";
import { packIndex, unpackIndex } from "../../src/files/packed/pack.ts";
import { fileClock } from "../../src/host/files/clock.ts";
import { realFiles } from "../../src/host/files/files.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { FileSet } from "../../src/model/graph.ts";
import { compareBytes } from "../../src/model/order.ts";
import { escapePattern } from "../../src/model/pattern.ts";

const FILES = [
  "a",
  "b",
  "ab",
  "abc",
  ".a",
  "B",
  "é",
  "😀",
  "[b]",
  "(a)",
  "{a,b}",
  "*",
  "a b",
  "a\nb",
  "\na",
  "\ra",
  "\u2028a",
  "!a",
  "a-b",
  "+a",
  "\\a",
];

let root: string;
let work: string;

beforeAll(() => {
  work = realpathSync(mkdtempSync(join(tmpdir(), "inc-globs-")));
  root = join(work, "tree");
  for (const directory of ["", "d/", "d/e/", ".h/", "d/.h/", "(m)/", "[b]d/", "out/"])
    for (const name of FILES) write(`${directory}${name}`);
  symlinkSync("d", join(root, "ld"));
  symlinkSync("../out", join(root, "d/lo"));
  symlinkSync("a", join(root, "la"));
  symlinkSync("nowhere", join(root, "gone"));
  symlinkSync("loop", join(root, "loop"));
});

afterAll(() => rmSync(work, { recursive: true, force: true }));

function write(path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), "");
}

function expand(patterns: readonly string[], more: Partial<FileSet> = {}, directories = false): readonly string[] {
  const clock = fileClock(join(work, "clock"));
  const index = new FileIndex({ root, files: realFiles, clock, hasher, packed: unpackIndex(packIndex([], 0n)) });
  index.pin();
  const location = { file: "", line: 1, column: 1 };
  const set: FileSet = { patterns, exclude: [], gitignore: false, label: "", location, allowEmpty: true, ...more };
  const source = {
    list: (path: string) => listThrough(path, index),
    real: (path: string) => index.relative(realFiles.realpath(index.absolute(path)) ?? path),
    readText: () => undefined,
    ignores: () => ({ files: [], ignoresCase: false }),
  };
  return expandSet(set, source, directories).paths;
}

/** Expands each word of its input; the path "//" ends what each gave. */
const SCRIPT = `cd "$1" || exit 1
shopt -s globstar nullglob; shopt -u extglob
while IFS= read -r -d '' word; do eval "printf '%s\\\\0' $word //"; done`;

function leadsToDirectory(path: string): boolean {
  const real = realFiles.realpath(join(root, path));
  return real !== undefined && lstatSync(real).isDirectory();
}

/** For each word, the existing paths that bash expands it to: files and symlinks, or directories. One process does all. */
function byBash(words: readonly string[], directories = false): string[][] {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", SCRIPT, "bash", root], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C.UTF-8" },
    input: words.map((word) => `${word}\0`).join(""),
    maxBuffer: 2 ** 28,
  });
  expect([status, stderr]).toEqual([0, ""]);
  const wanted = (path: string): boolean => {
    const type = path === "" ? undefined : realFiles.stat(join(root, path))?.type;
    return directories ? type === "directory" : type === "file" || type === "symlink";
  };
  const expanded = stdout.split("//\0").slice(0, -1);
  expect(expanded).toHaveLength(words.length);
  return expanded.map((paths) =>
    [...new Set(paths.split("\0").filter((path) => !path.endsWith("/") && wanted(path)))].sort(compareBytes),
  );
}

/** A piece of a pattern, and how bash's source writes it. */
type Piece = readonly [pattern: string, word: string];
const same = (text: string): Piece => [text, text];
/** Leaves `!` as it is: escaped after `[`, it would not negate. */
const quoted = (text: string): Piece => [text, text.replace(/[()'\\ ]/g, "\\$&")];

const PIECE = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(...["a", "b", "d", "e", "l", "é", ".", "-", "+", "@", ",", "}", "]"].map(same)),
  },
  { weight: 3, arbitrary: fc.constantFrom(...["*", "?", "**", "***"].map(same)) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        "[ab]",
        "[a-c]",
        "[^a]",
        "[[:alpha:]]",
        "[![:alpha:]]",
        "[]a]",
        "[a-]",
        "[z-a]",
        "[.]",
        "[\\]]",
        "[",
        "[[]",
      ].map(same),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(same("[!a]"), same("[!ab.]"), quoted("(a)"), quoted("("), same("!"), quoted(" ")),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...["{a,b}", "{a,*}", "{,a}", "{a,{b,d}}", "{a}", "{", "{a..c}", "{a,b/a}"].map(same)),
  },
  { weight: 1, arbitrary: fc.constantFrom(...["\\*", "\\[b]", "\\{a,b}", "\\a", "\\\\"].map(same)) },
);

const STEP = fc.oneof(
  fc.constantFrom(...["**", "d", "ld", "lo", "e", "*", ".h", "\\[b]d"].map(same), quoted("(m)")),
  fc
    .array(PIECE, { minLength: 1, maxLength: 4 })
    .map((pieces): Piece => [pieces.map(([p]) => p).join(""), pieces.map(([, w]) => w).join("")]),
);

/** Excludes `.` and `..`, and brackets with a slash, which bash reads in more than one way. */
const PATTERN = fc
  .array(STEP, { minLength: 1, maxLength: 4 })
  .map((steps): Piece => [steps.map(([p]) => p).join("/"), steps.map(([, w]) => w).join("/")])
  .filter(
    ([pattern]) =>
      !pattern.split(/[/{},]/).some((step) => step === "." || step === ".." || step === "") &&
      !/\[[^\]]*(\/|\[[.=])/.test(pattern),
  );

const hasBash = spawnSync("bash", ["-c", "shopt -s globstar"]).status === 0;
if (!hasBash) console.log("no bash with globstar here: patterns are not compared with its");

test.skipIf(!hasBash)("patterns match the same files as in bash with globstar", () => {
  const seed = randomInt(2 ** 31);
  const patterns = fc.sample(PATTERN, { numRuns: 400, seed });
  const found = byBash(patterns.map(([, word]) => word));
  for (const [i, [pattern]] of patterns.entries()) {
    // In bash a ** at the end matches the directory itself as well, and one in the middle follows symlinks that are
    // directly in the directory before it; in inc it follows none.
    const isMeant = (path: string): boolean =>
      !(/(^|[/{,])\*\*$/.test(pattern) && leadsToDirectory(path)) &&
      !(/\/\*\*\//.test(pattern) && path.includes("/lo/"));
    const paths = expand([pattern]).filter(isMeant);
    expect({ pattern, seed, paths }).toEqual({ pattern, seed, paths: found[i]?.filter(isMeant) });
  }
});

test.skipIf(!hasBash)("patterns match the same directories as in bash with globstar", () => {
  const patterns = ["*", "**", "*/*", "**/*", "d/**", "[!d]*", "{d,out}"];
  const found = byBash(patterns, true);
  for (const [i, pattern] of patterns.entries())
    expect(expand([pattern], {}, true).filter((path) => lstatSync(join(root, path)).isDirectory())).toEqual(found[i]);
});

test("an escaped path matches itself alone, whatever characters it has", () => {
  const all = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  for (const path of all) expect(expand([escapePattern(path)])).toEqual([path]);
  const name = fc.string({ unit: fc.constantFrom(..."ab.*?[]{},!^\\()-+@é\n\r"), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(name, (text) => {
      fc.pre(text !== "." && text !== "..");
      write(`new/${text}`);
      expect(expand([`new/${escapePattern(text)}`])).toEqual([`new/${text}`]);
      rmSync(join(root, "new"), { recursive: true });
    }),
    { numRuns: 100 },
  );
});
