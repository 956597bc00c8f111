import { expect, test } from "vitest";
import type { Task } from "../../src/model/graph.ts";
import { priorities } from "../../src/plan/priority.ts";
import { ReadyQueue } from "../../src/plan/ready-queue.ts";
import { schedule } from "../../src/plan/schedule.ts";
import { taskOf } from "../support/graph.ts";

interface Trace {
  readonly started: string[];
  readonly most: number;
}

async function trace(
  tasks: readonly Task[],
  queue: ReadyQueue,
  fresh: ReadonlySet<string> = new Set(),
): Promise<Trace> {
  const started: string[] = [];
  let running = 0;
  let most = 0;
  await schedule(tasks, queue, {
    decide: (task) => (fresh.has(task.id) ? "ended" : "attempt"),
    attempt: async (task) => {
      started.push(task.id);
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    },
  });
  return { started, most };
}

const NO_POOLS = new Map<string, number>();
const diamond = [taskOf("a"), taskOf("b", ["a"]), taskOf("c", ["a"]), taskOf("d", ["b", "c"])];

test("a task starts after everything it depends on", async () => {
  const { started } = await trace(diamond, new ReadyQueue(4, NO_POOLS, () => 0));
  expect(started).toEqual(["a", "b", "c", "d"]);
});

test("no more run at once than there are jobs", async () => {
  const many = Array.from({ length: 20 }, (_, i) => taskOf(`t${i}`));
  expect((await trace(many, new ReadyQueue(3, NO_POOLS, () => 0))).most).toBe(3);
});

test("what ended without an attempt lets its dependents go", async () => {
  const { started } = await trace(diamond, new ReadyQueue(4, NO_POOLS, () => 0), new Set(["a", "c"]));
  expect(started).toEqual(["b", "d"]);
});

test("the longest remaining path goes first", async () => {
  const tasks = [taskOf("short"), taskOf("long"), taskOf("tail", ["long"])];
  const length = priorities(tasks, (id) => ({ short: 10, long: 5, tail: 100 })[id]);
  expect([...length]).toEqual([
    ["tail", 100],
    ["long", 105],
    ["short", 10],
  ]);
  const { started } = await trace(tasks, new ReadyQueue(1, NO_POOLS, (task) => length.get(task.id) ?? 0));
  expect(started).toEqual(["long", "tail", "short"]);
});

test("a pool is never held beyond its capacity, and what asks for more than all of it runs alone", async () => {
  const gpu = (id: string, amount: number): Task => taskOf(id, [], { resources: { gpu: amount } });
  const pools = new Map([["gpu", 2]]);
  expect((await trace([gpu("a", 1), gpu("b", 1), gpu("c", 1)], new ReadyQueue(8, pools, () => 0))).most).toBe(2);
  expect((await trace([gpu("a", 5), gpu("b", 1)], new ReadyQueue(8, pools, () => 0))).most).toBe(1);
});

test("an exception in an attempt is thrown when the rest has ended", async () => {
  const queue = new ReadyQueue(2, NO_POOLS, () => 0);
  const ended: string[] = [];
  const walk = schedule([taskOf("a"), taskOf("b")], queue, {
    decide: () => "attempt",
    attempt: async (task) => {
      if (task.id === "a") throw new Error("a bug");
      ended.push(task.id);
    },
  });
  await expect(walk).rejects.toThrow("a bug");
  expect(ended).toEqual(["b"]);
});

test("an exception in a decision is thrown when what runs has ended", async () => {
  const ended: string[] = [];
  const walk = schedule([taskOf("a"), taskOf("b")], new ReadyQueue(2, NO_POOLS, () => 0), {
    decide: (task) => {
      if (task.id === "b") throw new Error("a bug");
      return "attempt";
    },
    attempt: async (task) => {
      await Promise.resolve();
      ended.push(task.id);
    },
  });
  await expect(walk).rejects.toThrow("a bug");
  expect(ended).toEqual(["a"]);
});

test("what is urgent is decided and started before the rest is decided", async () => {
  const tasks = ["a", "b", "c"].map((id) => taskOf(id));
  const seen: string[] = [];
  await schedule(tasks, new ReadyQueue(4, new Map(), () => 0), {
    urgent: (task) => task.id === "c",
    decide(task) {
      seen.push(`decide ${task.id}`);
      return "attempt";
    },
    async attempt(task) {
      seen.push(`start ${task.id}`);
    },
  });
  expect(seen).toEqual(["decide c", "start c", "decide a", "decide b", "start a", "start b"]);
});

test("an attempt that goes on from before holds its place in the queue, and what lands is decided again", async () => {
  const tasks = ["a", "b", "c"].map((id) => taskOf(id));
  const [a] = tasks as [Task];
  const seen: string[] = [];
  let land: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    land = resolve;
  });
  let landed = false;
  await schedule(tasks, new ReadyQueue(1, NO_POOLS, () => 0), {
    carried: [{ task: a, ended }],
    decide(task) {
      seen.push(`decide ${task.id}`);
      if (task.id !== "a") return "attempt";
      setImmediate(land);
      return landed ? "attempt" : "land";
    },
    async land(task) {
      await ended;
      landed = true;
      seen.push(`land ${task.id}`);
      return "again";
    },
    async attempt(task) {
      seen.push(`attempt ${task.id}`);
      expect(landed).toBe(true);
    },
  });
  expect(seen.slice(0, 3)).toEqual(["decide a", "decide b", "decide c"]);
  expect(seen.filter((what) => what === "decide a").length).toBe(2);
  expect(seen.filter((what) => what.startsWith("attempt")).sort()).toEqual(["attempt a", "attempt b", "attempt c"]);
});

test("a walk ends though an attempt that it need not land goes on", async () => {
  const tasks = [taskOf("a")];
  await schedule(tasks, new ReadyQueue(1, NO_POOLS, () => 0), {
    carried: [{ task: tasks[0] as Task, ended: new Promise(() => {}) }],
    decide: () => "ended",
    attempt: () => Promise.resolve(),
  });
});
