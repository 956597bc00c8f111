import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Quoting, quoteWord, ShellText } from "../../src/graph/shell-text.ts";

function quotingAfter(text: string): Quoting {
  const shell = new ShellText();
  shell.push(text);
  return shell.quoting;
}

test.each<[string, Quoting]>([
  ["echo ", "none"],
  ["echo '", "single"],
  ["echo 'a' ", "none"],
  ['echo "', "double"],
  ['echo "a\\"', "double"],
  ['echo \\"', "none"],
  ["echo 'a\\' ", "none"],
  ["echo \"it's ", "double"],
  ['echo "$(cat ', "none"],
  ['echo "$(cat x) ', "double"],
  ['(cd a; echo "b") ', "none"],
  ["# don't\ncat ", "none"],
  ["echo a#b'", "single"],
  ["cat <<'EOF'\ndon't ", "none"],
])("after %j an interpolation is in %s quotes", (text, quoting) => {
  expect(quotingAfter(text)).toBe(quoting);
});

test.each<[string, boolean]>([
  ["cat ", false],
  ["--in=", true],
  ["(", false],
  ["a;", false],
  ["\n", false],
  ["", false],
])("after %j a word is glued: %s", (text, glued) => {
  const shell = new ShellText();
  shell.push(text);
  expect(shell.glued).toBe(glued);
});

test("a shell reads a quoted word back unchanged", () => {
  const word = fc
    .string({ unit: "grapheme", maxLength: 20 })
    .filter((text) => !text.includes("\0") && text.isWellFormed());
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
      const printed = execFileSync("/bin/sh", [
        "-c",
        `printf '%s\\0' ${words.map((each) => quoteWord(each)).join(" ")}`,
      ]);
      expect(printed.toString().split("\0").slice(0, -1)).toEqual(words);
    }),
    { numRuns: 30 },
  );
});
