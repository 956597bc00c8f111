import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { elementTexts } from "../../src/content/element-texts.ts";
import { canonicalValue } from "../../src/content/value.ts";
import { Random } from "../oracle/random.ts";

const SEED = Number(process.env["INC_TEXTS_SEED"] ?? randomInt(2 ** 31));

/** Text that looks like structure, where it may not count as such. */
const STRINGS = [
  "",
  ",",
  '"',
  "\\",
  '\\"',
  "[",
  "]",
  "{",
  "}",
  '",',
  "a,b",
  "é",
  "\u2028",
  "😀",
  '{"a":[1,"]"]}',
  "\n",
];

/** Without quotes and backslashes: V8 13.6 may take a name with one of them for another one when it parses. */
const NAMES = STRINGS.filter((text) => !/["\\]/.test(text));

function randomJson(random: Random, depth: number): unknown {
  const kind = random.below(depth === 0 ? 3 : 5);
  if (kind === 0) return random.pick([0, -1.5, 1e21, true, false, null]);
  if (kind <= 2) return random.pick(STRINGS) + random.pick(STRINGS);
  const inner = Array.from({ length: random.below(5) }, () => randomJson(random, depth - 1));
  return kind === 3 ? inner : Object.fromEntries(inner.map((value) => [random.pick(NAMES), value]));
}

/** Elements of a value by parsing each text. */
function parsed(text: string): readonly unknown[] | undefined {
  const cut = elementTexts(text);
  return cut?.texts.map((one) => JSON.parse(cut.isArray ? one : `{${one}}`));
}

test(`the texts of all elements are what is between the commas of a value (INC_TEXTS_SEED=${SEED})`, () => {
  const random = new Random(SEED);
  for (let i = 0; i < 2000; i += 1) {
    const canonical = canonicalValue(Buffer.from(JSON.stringify(randomJson(random, 4))), "json");
    if (!canonical.ok) throw new Error("no value");
    const value: unknown = JSON.parse(canonical.bytes.toString());
    const isContainer = typeof value === "object" && value !== null;
    const elements = Array.isArray(value)
      ? value
      : Object.entries(value ?? {}).map(([name, item]) => ({ [name]: item }));
    const expected = isContainer ? elements.map((one) => JSON.stringify(one)).sort() : undefined;
    // Also where bytes stand for characters.
    for (const encoding of ["utf8", "latin1"] as const) {
      const cut = elementTexts(canonical.bytes.toString(encoding));
      const texts = cut?.texts.map((one) => Buffer.from(one, encoding).toString());
      const found = texts?.map((one) => JSON.stringify(JSON.parse(cut?.isArray === true ? one : `{${one}}`)));
      expect(found?.sort(), canonical.bytes.toString()).toEqual(expected);
    }
  }
});

test("nothing is an element of what is neither an array nor an object, and an empty one has none", () => {
  expect(["", "[", "1", '"[]"', "null", "[]x", "[}", " []"].map(elementTexts)).toEqual(Array(8).fill(undefined));
  expect([elementTexts("[]"), elementTexts("{}")]).toEqual([
    { isArray: true, texts: [] },
    { isArray: false, texts: [] },
  ]);
});

test.each([
  "[1,]",
  "[,1]",
  "[1 2]",
  "[1]]",
  "[{]}]",
  '["a]',
  '{"a":1}{"b":2}',
  '{"a":1},{"b":2}',
  "[1],[2]",
  '{"a" 1}',
])("%s is no JSON, and some element of it is none", (text) => {
  expect(() => parsed(text)).toThrow(SyntaxError);
});
