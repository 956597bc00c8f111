import { expect, test } from "vitest";
import { ReadyQueue } from "../../src/plan/ready-queue.ts";
import { schedule } from "../../src/plan/schedule.ts";
import { taskOf } from "../support/graph.ts";
import { limitsOf } from "./limits.ts";

test("an attempt of which nothing runs any more makes room for the next one, and the walk waits for its end", async () => {
  const ended = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
  const started: string[] = [];
  let isOver = false;
  const walk = schedule(
    [taskOf("a"), taskOf("b"), taskOf("c", ["a"])],
    { attempts: new ReadyQueue(limitsOf(1), () => 0), lookups: new ReadyQueue(limitsOf(1), () => 0) },
    {
      decide: () => "run",
      attempt: (task, _mates, _ended, vacated) => {
        started.push(task.id);
        if (task.id === "c") return Promise.resolve();
        if (task.id === "a") setImmediate(vacated);
        return ended[task.id as "a" | "b"].promise;
      },
    },
  ).then(() => {
    isOver = true;
  });
  await turn(() => started.length === 2);
  expect(started).toEqual(["a", "b"]);
  ended.b.resolve();
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
  // Nothing is in the queue, and `a` has not ended.
  expect([started, isOver]).toEqual([["a", "b"], false]);
  ended.a.resolve();
  await walk;
  expect(started).toEqual(["a", "b", "c"]);
});

async function turn(until: () => boolean): Promise<void> {
  while (!until()) await new Promise(setImmediate);
}
