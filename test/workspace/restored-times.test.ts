import { expect, test } from "vitest";
import { madeOrder, restoredTimes } from "../../src/workspace/restored-times.ts";
import { Random } from "../oracle/random.ts";

test("restored files get times in the order in which they were made, later than all earlier times", () => {
  const before = Date.now() * 1000;
  const first = restoredTimes([{ place: 2 }, { place: 0 }, { place: 1 }, { place: 1 }]) as number[];
  expect(first[1]).toBeLessThan(first[2] as number);
  expect(first[2]).toBe(first[3]);
  expect(first[2]).toBeLessThan(first[0] as number);
  expect(Math.min(...first)).toBeGreaterThanOrEqual(before);
  const second = restoredTimes(Array.from({ length: 1000 }, (_, place) => ({ place }))) as number[];
  expect(Math.min(...second)).toBeGreaterThan(Math.max(...first));
});

test("a restored file is not newer than an untouched one that was made after it, in any mixture of both", () => {
  const seed = Number(process.env["INC_TIMES_SEED"] ?? Math.floor(Math.random() * 1e9));
  const random = new Random(seed);
  for (let round = 0; round < 500; round += 1) {
    const times = Array.from({ length: 2 + random.below(12) }, () => BigInt(random.below(6)) * 1_000_000n + 7n);
    const made = madeOrder(times) as number[];
    const files = made.map((place, i) => (random.below(2) === 0 ? { place } : { place, keptTime: times[i] as bigint }));
    const given = restoredTimes(files).map((time, i) => time ?? Number(times[i]) / 1000);
    for (const [i, a] of made.entries())
      for (const [j, b] of made.entries())
        if (a < b)
          expect([seed, round, given[i]]).toEqual([seed, round, Math.min(given[i] as number, given[j] as number)]);
  }
});

test("no order is recorded for a single file, nor for very many", () => {
  expect(madeOrder([1n])).toBeUndefined();
  expect(madeOrder(Array.from({ length: 1001 }, (_, i) => BigInt(i)))).toBeUndefined();
});
