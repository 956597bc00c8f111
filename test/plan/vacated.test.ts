import { expect, test } from "vitest";
import { ReadyQueue } from "../../src/plan/ready-queue.ts";
import { type Queues, schedule } from "../../src/plan/schedule.ts";
import { taskOf } from "../support/graph.ts";
import { limitsOf } from "./limits.ts";

test("an attempt of which nothing runs any more makes room for the next one, and the walk waits for its end", async () => {
  const ended = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
  const started: string[] = [];
  let isOver = false;
  const walk = schedule([taskOf("a"), taskOf("b"), taskOf("c", ["a"])], queuesOf(1), {
    decide: () => "run",
    attempt: (task, _mates, _ended, slot) => {
      started.push(task.id);
      if (task.id === "c") return Promise.resolve();
      if (task.id === "a") setImmediate(() => slot.vacate());
      return ended[task.id as "a" | "b"].promise;
    },
  }).then(() => {
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

test("what has to run once more waits for room, as all that is to start", async () => {
  const end = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
  const seen: string[] = [];
  const walk = schedule([taskOf("a"), taskOf("b")], queuesOf(1), {
    decide: () => "run",
    attempt: async (task, _mates, _ended, slot) => {
      seen.push(task.id);
      if (task.id === "a") {
        // It holds its share.
        await slot.retake();
        slot.vacate();
        await turn(() => seen.includes("b"));
        await slot.retake();
        seen.push("a again");
      }
      await end[task.id as "a" | "b"].promise;
    },
  });
  await turn(() => seen.length === 2);
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate);
  expect(seen).toEqual(["a", "b"]);
  end.b.resolve();
  await turn(() => seen.length === 3);
  end.a.resolve();
  await walk;
  expect(seen).toEqual(["a", "b", "a again"]);
});

test("what ends while it waits to run once more does not start again, and holds nothing", async () => {
  const endOfB = Promise.withResolvers<void>();
  const seen: string[] = [];
  const walk = schedule([taskOf("a"), taskOf("b"), taskOf("c", ["b"])], queuesOf(1), {
    decide: () => "run",
    attempt: async (task, _mates, _ended, slot) => {
      seen.push(task.id);
      if (task.id === "b") await endOfB.promise;
      if (task.id !== "a") return;
      slot.vacate();
      await turn(() => seen.includes("b"));
      void slot.retake().then(() => seen.push("a is let go"));
    },
  });
  await turn(() => seen.includes("a is let go"));
  endOfB.resolve();
  await walk;
  expect(seen).toEqual(["a", "b", "a is let go", "c"]);
});

function queuesOf(jobs: number): Queues {
  return { attempts: new ReadyQueue(limitsOf(jobs), () => 0), lookups: new ReadyQueue(limitsOf(1), () => 0) };
}

async function turn(until: () => boolean): Promise<void> {
  while (!until()) await new Promise(setImmediate);
}
