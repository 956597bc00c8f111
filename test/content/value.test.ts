import { expect, test } from "vitest";
import { canonicalValue, LARGEST_VALUE } from "../../src/content/value.ts";
import type { ValueFormat } from "../../src/model/graph.ts";

function canonical(text: string | Uint8Array, format: ValueFormat = "json"): string {
  const value = canonicalValue(Buffer.from(text), format);
  return value.ok ? value.bytes.toString() : `refused: ${value.problem.what}`;
}

test.each([
  [' { "b" : 1.0, "a": [ 1e3, -0, 0.1 ] }\n', '{"a":[1000,0,0.1],"b":1}'],
  // The examples of RFC 8785.
  [
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  ],
  [
    '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew","1":"One","\\ud83d\\ude00":"Emoji","\\u0080":"Control","\\u00f6":"o"}',
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"o","€":"Euro Sign","😀":"Emoji","\ufb33":"Hebrew"}',
  ],
  ['{"a":[{"b":1,"c":"\u20ac"}],"d":{}}', '{"a":[{"b":1,"c":"\u20ac"}],"d":{}}'],
  ['{"10":1,"2":2}', '{"10":1,"2":2}'],
  ['{"a":"\\\\ud800 \\u00e9"}', '{"a":"\\\\ud800 é"}'],
  ['[{"b":1,"a":2}]', '[{"a":2,"b":1}]'],
  ["null", "null"],
  ['"text"', '"text"'],
  ['{"__proto__": {"a": 1}}', '{"__proto__":{"a":1}}'],
  ["9007199254740991", "9007199254740991"],
  // What JavaScript holds exactly, it holds beyond 2^53 as well.
  ["9007199254740992", "9007199254740992"],
  ["0.1000000000000000055511151231257827", "0.1"],
])("the canonical form of %s", (text, expected) => {
  expect(canonical(text)).toBe(expected);
});

test("nesting is bounded by memory alone", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  expect(canonical(deep) === deep).toBe(true);
  const lost = `${"[".repeat(100_000)}1234567890123456789${"]".repeat(100_000)}`;
  expect(canonical(lost)).toBe("refused: is nested too deeply");
});

test.each([
  ["", "is empty"],
  [" \n", "is empty"],
  ["9007199254740993", "holds the number 9007199254740993, which JavaScript cannot hold"],
  ["[-12345678901234567890]", "holds the number -12345678901234567890, which JavaScript cannot hold"],
  ["1e400", "holds the number 1e400, which JavaScript cannot hold"],
  ['{"a": 1, "b": {"a": 1, "a": 2}}', 'holds an object with two members "a"'],
  ['{"a":1,"a":1}', 'holds an object with two members "a"'],
  ['{"a":["\\ud800"]}', "holds half of a character (Lone surrogate is not allowed)"],
  ['"\\ud800"', "holds half of a character (Lone surrogate is not allowed)"],
  ["{'a': 1}", "is not JSON"],
  ["NaN", "is not JSON"],
  [Uint8Array.of(0x22, 0xff, 0x22), "is not UTF-8"],
  [`"${"x".repeat(LARGEST_VALUE)}"`, "is 16.0 MiB, and a value has at most 16 MiB"],
])("%s is no value", (text, what) => {
  expect(canonical(text)).toBe(`refused: ${what}`);
});

test("the place of what is no JSON", () => {
  const value = canonicalValue(Buffer.from('{\n  "a": 1,\n  b: 2\n}'), "json");
  expect(value).toMatchObject({ ok: false, problem: { place: { line: 3, column: 3, text: "  b: 2" } } });
  const cut = canonicalValue(Buffer.from('{"a": '), "json");
  expect(cut).toMatchObject({ ok: false, problem: { place: { line: 1, column: 7 } } });
});

test.each([
  ["", "[]"],
  ["\n", '[""]'],
  ["a\nb\n", '["a","b"]'],
  ["a\r\nb", '["a","b"]'],
  ["a\n\n", '["a",""]'],
  ["{}\n", '["{}"]'],
])("the lines of %j", (text, expected) => {
  expect(canonical(text, "lines")).toBe(expected);
});

test("two values whose names differ in what is escaped have two forms", () => {
  const formOf = (name: string): string => {
    const canonical = canonicalValue(
      Buffer.from(JSON.stringify({ a: { h: [], "\\": 0 }, b: { h: 0, [name]: 0 } })),
      "json",
    );
    return canonical.ok ? canonical.bytes.toString() : "";
  };
  expect(formOf('"')).toBe('{"a":{"\\\\":0,"h":[]},"b":{"\\"":0,"h":0}}');
  expect(formOf("\n")).toBe('{"a":{"\\\\":0,"h":[]},"b":{"\\n":0,"h":0}}');
  expect(formOf("\\")).toBe('{"a":{"\\\\":0,"h":[]},"b":{"\\\\":0,"h":0}}');
});
