import { expect, test } from "vitest";
import { returnedValue } from "../../src/content/returned.ts";

test.each([
  ["a hole in an array", { list: Object.assign([1], { 2: 3 }) }, "/list/1", "undefined"],
  ["a hole that nothing was ever put in", Object.assign([], { 1: 1 }), "/0", "undefined"],
])("%s is no JSON, and its place is named", (_, value, pointer, what) => {
  expect(returnedValue(value)).toEqual({ ok: false, problem: { pointer, what } });
});

test("members that are undefined are left out", () => {
  expect(returnedValue({ a: undefined, b: [1] })).toEqual({ ok: true, text: '{"b":[1]}' });
});
