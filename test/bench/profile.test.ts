import { expect, test } from "vitest";
import { phasesIn, selfTimes } from "../../bench/timing/profile.ts";

test("phases of one name are summed", () => {
  const text =
    "ran 2, restored 0\ninc:run     1.5 ms  save\ninc:plan     0.5 ms  decide t0\ninc:plan    10.0 ms  decide t1\n";
  expect(phasesIn(text)).toEqual([
    { name: "save", time: 1.5 },
    { name: "2 × decide", time: 10.5 },
  ]);
});

test("the samples of one function are summed", () => {
  const frame = { functionName: "lstat", url: "node:fs" };
  const nodes = [
    { id: 1, callFrame: frame },
    { id: 2, callFrame: frame },
    { id: 3, callFrame: { functionName: "(idle)", url: "" } },
  ];
  expect(selfTimes({ nodes, samples: [1, 3, 2], timeDeltas: [1000, 5000, 2000] })).toEqual([
    { name: "lstat in node:fs", time: 3 },
    { name: "(idle)", time: 5 },
  ]);
});
