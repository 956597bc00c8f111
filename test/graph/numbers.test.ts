import fc from "fast-check";
import { expect, test } from "vitest";
import { exactNumber } from "../../src/graph/numbers.ts";

test.each([
  ["1.0", 1],
  ["0x10", 16],
  ["-0", -0],
  ["+5", 5],
  [".5", 0.5],
  ["5.", 5],
  ["0.1", 0.1],
  ["1e3", 1000],
  ["0e99999999999999999999", 0],
  ["9007199254740992", 9007199254740992],
  ["9007199254740993", "inexact"],
  ["0x20000000000001", "inexact"],
  ["0.1000000000000000055511151231257827", "inexact"],
  ["1e400", "inexact"],
  ["1e-400", "inexact"],
  ["", undefined],
  [" 5", undefined],
  ["Infinity", undefined],
  ["1_000", undefined],
  ["1e", undefined],
  [".", undefined],
])("%j is %s", (text, number) => {
  expect(exactNumber(text)).toBe(number);
});

test("every number that JavaScript writes is read back unchanged", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      // JavaScript writes zero without a sign.
      expect(exactNumber(String(number))).toBe(number === 0 ? 0 : number);
    }),
  );
});

test("a whole number is exact just when a float holds it", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (integer) => {
      const number = Number(integer);
      const held = BigInt(number) === integer || String(number) === String(integer);
      expect(exactNumber(String(integer))).toBe(held ? number : "inexact");
    }),
  );
});
