import { expect, test } from "vitest";
import { lineThrough, median, p99 } from "../../bench/timing/statistics.ts";

test("the median is the middle sample, or lies between the two middle ones", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 6])).toBe(5.5);
});

test("the 99th percentile of few samples is the largest", () => {
  expect(p99([3, 1, 2])).toBe(3);
  expect(p99(Array.from({ length: 200 }, (_, n) => n + 1))).toBe(198);
});

test("a line goes through points that lie on one, and between others", () => {
  const exact = lineThrough([1000, 3000, 10_000].map((x) => [x, 40 + x / 100]));
  expect(exact.slope).toBeCloseTo(0.01);
  expect(exact.start).toBeCloseTo(40);
  const { slope, start } = lineThrough([
    [0, 0],
    [1, 2],
    [2, 1],
  ]);
  expect([slope, start]).toEqual([0.5, 0.5]);
});
