import { expect, test } from "vitest";
import { judge, ratioTo } from "../../bench/table/goals.ts";

const measured = new Map([
  ["inc", { time: 220, peak: 199.6 }],
  ["node", { time: 100 }],
  ["make", { time: 50 }],
  ["hash", { time: 20 }],
]);

test("a ratio meets its goal up to the bound, as it is printed", () => {
  expect(judge(ratioTo("node", 2.2), measured)).toEqual({
    actual: "2.20 × node",
    goal: "≤ 2.2 × node",
    result: "met",
  });
  expect(judge(ratioTo("node", 2.19), measured).result).toBe("MISSED");
});

test("a goal may name a sum of several measurements", () => {
  expect(judge({ kind: "ratio", atMost: 2, of: { make: 1, hash: 2 } }, measured)).toEqual({
    actual: "2.44 × (make + 2 hash)",
    goal: "≤ 2 × (make + 2 hash)",
    result: "MISSED",
  });
});

test("a goal is neither met nor missed where a peer is absent", () => {
  expect(judge(ratioTo("bazel", 1), measured)).toMatchObject({ actual: "bazel not measured", result: "absent" });
  expect(judge(ratioTo("node", 1), new Map([["node", { time: 1 }]]))).toMatchObject({ result: "absent" });
});

test("memory is compared in megabytes", () => {
  expect(judge({ kind: "memory", atMost: 200 }, measured)).toMatchObject({ actual: "200 MB", result: "met" });
  expect(judge({ kind: "memory", atMost: 199 }, measured).result).toBe("MISSED");
  expect(judge({ kind: "memory", atMost: 199 }, new Map([["inc", { time: 1 }]])).result).toBe("absent");
});
