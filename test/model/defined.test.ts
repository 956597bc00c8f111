import { expect, test } from "vitest";
import { defined } from "../../src/model/defined.ts";

test("only what is undefined is left out", () => {
  const record: { a?: number; b: null; c: number } = defined({ a: undefined as number | undefined, b: null, c: 0 });
  expect(Object.keys(record)).toEqual(["b", "c"]);
});
