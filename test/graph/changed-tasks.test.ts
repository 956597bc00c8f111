import fc from "fast-check";
import { expect, test } from "vitest";
import { changedTasks } from "../../src/graph/changed-tasks.ts";
import { taskOf } from "../support/graph.ts";

const ALL = Array.from({ length: 60 }, (_, i) => taskOf(`t${i}`));

test("what is in one list alone has come or is gone, wherever the rest stands", () => {
  const list = fc.oneof(fc.subarray(ALL), fc.shuffledSubarray(ALL));
  fc.assert(
    fc.property(list, list, (before, now) => {
      expect(changedTasks(before, now)).toEqual({
        gone: before.filter((task) => !now.includes(task)),
        come: now.filter((task) => !before.includes(task)),
      });
    }),
    { numRuns: 500 },
  );
});
