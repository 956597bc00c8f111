import { expect, test } from "vitest";
import type { Task } from "../../src/model/graph.ts";
import { priorities } from "../../src/plan/priority.ts";
import { ReadyQueue } from "../../src/plan/ready-queue.ts";
import { type Queues, schedule } from "../../src/plan/schedule.ts";
import { taskOf } from "../support/graph.ts";
import { limitsOf } from "./limits.ts";

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
  await schedule(tasks, queues(queue), {
    decide: (task) => (fresh.has(task.id) ? "ended" : "run"),
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

/** Limits attempts to a number of jobs, and look-ups not at all. */
function queues(attempts: ReadyQueue, lookups = new ReadyQueue(limitsOf(100), () => 0)): Queues {
  return { attempts, lookups };
}

const diamond = [taskOf("a"), taskOf("b", ["a"]), taskOf("c", ["a"]), taskOf("d", ["b", "c"])];

test("a task starts after all its dependencies", async () => {
  const { started } = await trace(diamond, new ReadyQueue(limitsOf(4), () => 0));
  expect(started).toEqual(["a", "b", "c", "d"]);
});

test("at most as many attempts run at once as there are jobs", async () => {
  const many = Array.from({ length: 20 }, (_, i) => taskOf(`t${i}`));
  expect((await trace(many, new ReadyQueue(limitsOf(3), () => 0))).most).toBe(3);
});

test("a task that ends without an attempt releases its dependents", async () => {
  const { started } = await trace(diamond, new ReadyQueue(limitsOf(4), () => 0), new Set(["a", "c"]));
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
  const { started } = await trace(tasks, new ReadyQueue(limitsOf(1), (task) => length.get(task.id) ?? 0));
  expect(started).toEqual(["long", "tail", "short"]);
});

test("a pool is never used beyond its capacity, and a task that asks for more runs alone", async () => {
  const gpu = (id: string, amount: number): Task => taskOf(id, [], { resources: { gpu: amount } });
  const pools = new Map([["gpu", 2]]);
  expect((await trace([gpu("a", 1), gpu("b", 1), gpu("c", 1)], new ReadyQueue(limitsOf(8, pools), () => 0))).most).toBe(
    2,
  );
  expect((await trace([gpu("a", 5), gpu("b", 1)], new ReadyQueue(limitsOf(8, pools), () => 0))).most).toBe(1);
});

test("the tasks with the greatest priority start first, whatever else they need", () => {
  const queue = new ReadyQueue(limitsOf(9, new Map([["gpu", 1]])), ({ id }) => Number(id));
  const tasks = Array.from({ length: 30 }, (_, i) => ({
    ...taskOf(String((i * 7) % 30)),
    resources: i % 3 === 0 ? { gpu: 1 } : {},
  }));
  for (const each of tasks) queue.push(each);
  expect(queue.size).toBe(30);
  const order: number[] = [];
  for (let taken = queue.take(); taken !== undefined; taken = queue.take()) {
    order.push(Number(taken.id));
    queue.release(taken);
  }
  expect(order).toEqual(Array.from({ length: 30 }, (_, i) => 29 - i));
});

test("taking each of ten thousand waiting tasks needs no search of the queue", () => {
  const queue = new ReadyQueue(limitsOf(1), () => 0);
  for (let i = 0; i < 10_000; i += 1) queue.push(taskOf(`t${i}`));
  const began = performance.now();
  for (let i = 0; i < 10_000; i += 1) queue.release(queue.take() as Task);
  expect(performance.now() - began).toBeLessThan(2000);
});

test("an exception in an attempt is thrown once the other attempts have ended", async () => {
  const queue = new ReadyQueue(limitsOf(2), () => 0);
  const ended: string[] = [];
  const walk = schedule([taskOf("a"), taskOf("b")], queues(queue), {
    decide: () => "run",
    attempt: async (task) => {
      if (task.id === "a") throw new Error("a bug");
      ended.push(task.id);
    },
  });
  await expect(walk).rejects.toThrow("a bug");
  expect(ended).toEqual(["b"]);
});

test("an exception in a decision is thrown once the running attempts have ended", async () => {
  const ended: string[] = [];
  const walk = schedule([taskOf("a"), taskOf("b")], queues(new ReadyQueue(limitsOf(2), () => 0)), {
    decide: (task) => {
      if (task.id === "b") throw new Error("a bug");
      return "run";
    },
    attempt: async (task) => {
      await Promise.resolve();
      ended.push(task.id);
    },
  });
  await expect(walk).rejects.toThrow("a bug");
  expect(ended).toEqual(["a"]);
});

test("an urgent task is decided and started before the others are decided", async () => {
  const tasks = ["a", "b", "c"].map((id) => taskOf(id));
  const seen: string[] = [];
  await schedule(tasks, queues(new ReadyQueue(limitsOf(4), () => 0)), {
    urgent: (task) => task.id === "c",
    decide(task) {
      seen.push(`decide ${task.id}`);
      return "run";
    },
    async attempt(task) {
      seen.push(`start ${task.id}`);
    },
  });
  expect(seen).toEqual(["decide c", "start c", "decide a", "decide b", "start a", "start b"]);
});

test("an attempt taken over from the previous round occupies a job, and its task is decided again when it lands", async () => {
  const tasks = ["a", "b", "c"].map((id) => taskOf(id));
  const [a] = tasks as [Task];
  const seen: string[] = [];
  let land: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    land = resolve;
  });
  let landed = false;
  await schedule(tasks, queues(new ReadyQueue(limitsOf(1), () => 0)), {
    carried: [{ task: a, ended }],
    decide(task) {
      seen.push(`decide ${task.id}`);
      if (task.id !== "a") return "run";
      setImmediate(land);
      return landed ? "run" : "land";
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

test("a walk ends while an attempt that it need not land continues", async () => {
  const tasks = [taskOf("a")];
  await schedule(tasks, queues(new ReadyQueue(limitsOf(1), () => 0)), {
    carried: [{ task: tasks[0] as Task, ended: new Promise(() => {}) }],
    decide: () => "ended",
    attempt: () => Promise.resolve(),
  });
});

/** A promise that a test resolves. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

test.each([1, 4])("with %i jobs a held look-up delays no other task", async (jobs) => {
  const tasks = [taskOf("held"), taskOf("after", ["held"]), ...["a", "b", "c"].map((id) => taskOf(id))];
  const answer = gate();
  const known = new Set<string>();
  const ran: string[] = [];
  await schedule(tasks, queues(new ReadyQueue(limitsOf(jobs), () => 0)), {
    decide: ({ id }) => (id === "held" ? (known.has(id) ? "ended" : "fetch") : "run"),
    async attempt({ id }) {
      ran.push(id);
      if (ran.length === 3) answer.open();
      await Promise.resolve();
    },
    async fetch({ id }) {
      await answer.passed;
      known.add(id);
    },
  });
  expect(ran).toEqual(["a", "b", "c", "after"]);
});

test("a task is decided again when its look-up has ended", async () => {
  const seen: string[] = [];
  let misses = 0;
  await schedule([taskOf("a")], queues(new ReadyQueue(limitsOf(1), () => 0)), {
    decide({ id }) {
      seen.push(`decide ${id}`);
      return misses === 0 ? "fetch" : "run";
    },
    async fetch({ id }) {
      seen.push(`fetch ${id}`);
      misses += 1;
    },
    async attempt({ id }) {
      seen.push(`run ${id}`);
    },
  });
  expect(seen).toEqual(["decide a", "fetch a", "decide a", "run a"]);
});

test("look-ups are limited in number, and the longest remaining path goes first", async () => {
  const tasks = [taskOf("short"), taskOf("long"), taskOf("middle")];
  const length = new Map(Object.entries({ short: 1, long: 3, middle: 2 }));
  const fetched: string[] = [];
  let most = 0;
  let going = 0;
  await schedule(
    tasks,
    queues(new ReadyQueue(limitsOf(1), () => 0), new ReadyQueue(limitsOf(2), ({ id }) => length.get(id) ?? 0)),
    {
      decide: ({ id }) => (fetched.includes(id) ? "ended" : "fetch"),
      attempt: () => Promise.resolve(),
      async fetch({ id }) {
        fetched.push(id);
        going += 1;
        most = Math.max(most, going);
        await new Promise(setImmediate);
        going -= 1;
      },
    },
  );
  expect(fetched).toEqual(["long", "middle", "short"]);
  expect(most).toBe(2);
});

test("an exception in a look-up is thrown once everything else has ended", async () => {
  const ended: string[] = [];
  const walk = schedule([taskOf("a"), taskOf("b")], queues(new ReadyQueue(limitsOf(2), () => 0)), {
    decide: ({ id }) => (id === "a" ? "fetch" : "run"),
    fetch: () => Promise.reject(new Error("a bug")),
    async attempt({ id }) {
      await new Promise(setImmediate);
      ended.push(id);
    },
  });
  await expect(walk).rejects.toThrow("a bug");
  expect(ended).toEqual(["b"]);
});

test("once a walk is over nothing more is decided or started, and it resolves when what runs has ended", async () => {
  const decided: string[] = [];
  let isOver = false;
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const walk = schedule(
    [taskOf("first"), taskOf("long"), taskOf("later", ["first"]), taskOf("last", ["long"])],
    queues(new ReadyQueue(limitsOf(2), () => 0)),
    {
      decide: (task) => {
        decided.push(task.id);
        return "run";
      },
      attempt: async ({ id }) => {
        if (id === "long") await held;
        else isOver = true;
      },
      isOver: () => isOver,
    },
  );
  await expect.poll(() => isOver).toBe(true);
  release();
  await walk;
  expect(decided).toEqual(["first", "long"]);
});
