import { expect, test } from "vitest";
import { readJson } from "../../src/content/read-json.ts";
import { Random } from "../oracle/random.ts";

/** Objects that V8 has seen are what it compares names with: of those with a member `\`, for one. */
function seen(...names: readonly string[]): void {
  for (const name of names) JSON.parse(JSON.stringify({ h: [], [name]: 0 }));
}

test.each([
  ["\\", "\n"],
  ["\\", '"'],
  ["\\", "\t"],
  ["a\\", "a\r"],
  ["a\\nb", "a\nbc"],
  ["\\", "\u0001"],
  ["\\u0", "\u0001\u0001\u0001"],
])("an object that has a member %j gives its name to no other one: %j", (known, name) => {
  seen(known);
  const value = readJson(JSON.stringify({ h: 1, [name]: 2 }));
  expect(Object.keys(value as object)).toEqual(["h", name]);
});

test("one text may have both", () => {
  const rows = [
    { h: 0, "\\": 1 },
    { h: 0, '"': 2 },
    { h: 0, "\n": 3 },
  ];
  expect(JSON.stringify(readJson(JSON.stringify(rows)))).toBe(JSON.stringify(rows));
});

test.each([
  '{"#0":1,"\\n":2,"##":3}',
  '{"\\u0061":1,"a":2}',
  '{"a":1,"\\u0061":2,"b":3}',
  '{"__proto__":1,"\\u005f_proto__":{"x":1},"\\"":null}',
  '["\\\\", {"\\\\" : [{"\\"":"\\":"}]}]',
  '"\\":1"',
  '{"1":"a","\\u0030":"b","x":"\\\\"}',
])("all else is as JSON.parse gives it: %s", (text) => {
  const value = readJson(text);
  expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
  expect(Object.getPrototypeOf(value)).toBe(Object.getPrototypeOf(JSON.parse(text)));
});

test("what is no JSON is refused where it is wrong", () => {
  for (const text of ['{"\\n":1,}', '{"\\n', "\\", '{"\\n":1', '{"a":"\\x"}', '"\\']) {
    const messageOf = (parse: (text: string) => unknown): string => {
      try {
        return `gave ${JSON.stringify(parse(text))}`;
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(messageOf(readJson)).toBe(messageOf(JSON.parse));
    expect(messageOf(readJson)).not.toContain("gave");
  }
});

test("a reviver sees the names and the sources of numbers", () => {
  const calls: unknown[] = [];
  readJson('{"\\n":1.0,"b":[2]}', (name, item, context) => {
    calls.push([name, item, context?.source]);
    return item;
  });
  expect(calls).toEqual([
    ["\n", 1, "1.0"],
    ["0", 2, "2"],
    ["b", [2], undefined],
    ["", { "\n": 1, b: [2] }, undefined],
  ]);
});

test("names of all sorts, at random, stay what they are", () => {
  const random = new Random(7);
  const parts = ["\\", '"', "\n", "n", "u", "0", "#", "a", "\u0007", "é", "\ud83d"];
  const name = (): string => Array.from({ length: 1 + random.below(4) }, () => random.pick(parts)).join("");
  for (let i = 0; i < 20_000; i += 1) {
    const names = Array.from({ length: 1 + random.below(4) }, name);
    const pairs = names.map((each, n) => [each, n] as const);
    const text = `{${pairs.map(([each, n]) => `${JSON.stringify(each)}: ${n}`).join(",")}}`;
    const expected = Object.entries(Object.fromEntries(pairs));
    expect(Object.entries(readJson(text) as object), text).toEqual(expected);
  }
});
