import { expect, test } from "vitest";
import { atWay, keyWay } from "../../../src/graph/units/key-way.ts";

type Row = { readonly id: string; readonly at: { readonly code: number }; readonly other: string };

const FOUND: readonly (readonly [(row: Row) => unknown, readonly string[]])[] = [
  [(row) => row.id, ["id"]],
  [({ id }) => id, ["id"]],
  // biome-ignore format: white space is what stripped types leave.
  [( row : Row ) => row . at . code , ["at", "code"]],
  [(row) => row.id.length, ["id", "length"]],
  [(row) => row.at.code + 1, []],
  [(row) => String(row.id), []],
  [(row) => `${row.id}`, []],
  [({ id, other }) => id + other, []],
  [({ other: id }) => id, []],
  [({ id = "x" }) => id, []],
  [
    (row) => {
      return row.id;
    },
    [],
  ],
  [(row) => row, []],
];

test.each(FOUND)("%s goes by %j", (key, way) => {
  expect(keyWay(key as (element: unknown) => unknown)).toEqual(way);
});

test("a way leads to what the function gives, in JSON", () => {
  const row = { id: "eu", at: { code: 7 } };
  expect([
    atWay(row, ["id"]),
    atWay(row, ["at", "code"]),
    atWay(row, ["at", "none"]),
    atWay(row, ["none", "x"]),
  ]).toEqual(["eu", 7, undefined, undefined]);
  expect([atWay(row, ["constructor"]), atWay(null, ["id"]), atWay(["a"], ["0"])]).toEqual([undefined, undefined, "a"]);
});
