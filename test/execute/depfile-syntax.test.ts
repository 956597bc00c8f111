import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseDepfile } from "../../src/execute/depfile-syntax.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "inc-depfile-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Prerequisites of the rule for `x`, taken from make's messages about files that it cannot make. */
function byMake(text: string): string[] {
  writeFileSync(join(root, "Makefile"), `${text}\n.PHONY: x\n`);
  const { stdout, stderr } = spawnSync("make", ["-krR", "x"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  const all = `${stdout}${stderr}`;
  return [...all.matchAll(/No rule to make target '(.*?)', needed by 'x'\./gs)].map(([, name]) => name as string);
}

/** The depfile that gcc writes for a source file with these includes. */
function byGcc(names: readonly string[]): string {
  for (const name of names) writeFileSync(join(root, name), "");
  writeFileSync(join(root, "m.c"), names.map((name) => `#include <${name}>\n`).join(""));
  const { status, stderr } = spawnSync("gcc", ["-I.", "-M", "-MF", "d", "m.c"], { cwd: root, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  for (const name of names) rmSync(join(root, name), { force: true });
  return readFileSync(join(root, "d"), "utf8");
}

const PLAIN = ["a", "b", ".", "-", "\u00a0", "\u3000", "\u2028", "\ufeff", "é", "\v", "\f", "\r", "😀", "=", "@", "%b"];

const has = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;
if (!has("make") || !has("gcc")) console.log("no make or no gcc here: depfiles are not compared with theirs");

test("the parser joins lines as make does: one blank for the end of a line and the blanks after it", () => {
  expect(parseDepfile("x: \\\\\\\n\\\r\naz")).toEqual([" az"]);
  expect(parseDepfile("x: \\\\\\\n  az")).toEqual([" az"]);
  expect(parseDepfile("x: a \\\n\\\n  b\\\n\tc")).toEqual(["a", "b", "c"]);
});

test.skipIf(!has("make"))("the parser reads prerequisites as make does", () => {
  // Make skips the rarer blanks at the beginning of a word (for gcc they are characters), and reports no ".".
  const piece = fc.constantFrom(
    ...PLAIN.filter((character) => !/[.%=\r\v\f]/.test(character)),
    " ",
    "\t",
    "\\",
    "$$",
    "\\\n",
    "\\\r\n",
    "\\ ",
  );
  // Make loses an escaped blank before the end of a line; gcc writes names that end in one.
  const text = fc
    .array(piece, { minLength: 1, maxLength: 14 })
    .map((pieces) => `x: ${pieces.join("")}z`)
    .filter((rule) => !/\\[ \t]+\\\r?\n/.test(rule));
  fc.assert(
    fc.property(text, (rule) => {
      const read = [...new Set(parseDepfile(rule))].sort();
      expect(read).toEqual([...new Set(byMake(rule))].map((name) => name.replace(/^\.\//, "")).sort());
    }),
    { numRuns: 150 },
  );
});

test.skipIf(!has("gcc"))("the parser reads gcc's depfiles", () => {
  const character = fc.constantFrom(
    ...PLAIN.filter((plain) => plain !== "\r"),
    " ",
    "\t",
    "#",
    "$",
    "\\",
    "*",
    "[",
    "?",
    "~",
    ":",
  );
  // gcc writes a name that ends in a backslash like an escape of the next blank, and does not escape a colon.
  const name = fc
    .array(character, { minLength: 1, maxLength: 8 })
    .map((characters) => `${characters.join("")}.h`)
    .filter((text) => !text.includes("\\:") && text !== "..h");
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 6 }), (names) => {
      const read = parseDepfile(byGcc(names)) ?? [];
      expect(
        read
          .map((path) => path.replace(/^\.\//, ""))
          .filter((path) => names.includes(path))
          .sort(),
      ).toEqual([...names].sort());
    }),
    { numRuns: 60 },
  );
});

test.each([
  ["a.o b.o: a.c \\\r\n  my\\ dir/b.h \\\n c\\#.h $$d.h\r\nb.h:\n\nz:\n", ["a.c", "my dir/b.h", "c#.h", "$d.h"]],
  ["a.o:a.c b.h\n", ["a.c", "b.h"]],
  ["a:b.o: a:b.c c:\n", ["a:b.c", "c:"]],
  ["a.o:: b\n", ["b"]],
  ["a.o : b\n", ["b"]],
  ["a\\ b.o: c\n", ["c"]],
  ["x: a b\u2028c\u00a0d\u3000e\ufefff\rg h\n", ["a", "b\u2028c\u00a0d\u3000e\ufefff\rg", "h"]],
  ["# a comment \\\n that goes on\nx: a # b\n", ["a"]],
  ["x: a\\\\ b\n", ["a\\", "b"]],
  ["x: a\\\\\\ b\n", ["a\\ b"]],
  ["x: a\\\\#b c\n", ["a\\#b", "c"]],
  ["x: a\\b\n", ["a\\b"]],
  ["x: a\\\n", ["a"]],
  ["x: a $(HOME)\n", ["a", "$(HOME)"]],
  ["x: a\n\tcc $< -o $@\ny: b\n", ["a", "b"]],
  ["no rule here\n", undefined],
  ["x: a\nno rule here\n", undefined],
  ["x: a\0b\n", undefined],
  ["", []],
])("%j", (text, names) => {
  expect(parseDepfile(text)).toEqual(names);
});
