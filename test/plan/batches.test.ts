import { expect, test } from "vitest";
import type { Digest } from "../../src/model/digest.ts";
import type { Task } from "../../src/model/graph.ts";
import { ReadyQueue } from "../../src/plan/ready-queue.ts";
import { schedule } from "../../src/plan/schedule.ts";
import { taskOf } from "../support/graph.ts";
import { limitsOf } from "./limits.ts";

/** A unit of a batch of two, whose function is told by its code. */
function unitOf(id: string, code = "c"): Task {
  const action = {
    kind: "function",
    inputs: [],
    all: true,
    code: { digest: code as Digest, reach: 0, env: [] },
  } as const;
  return { ...taskOf(id), group: "made", action, batch: 2 };
}

test("units that one call can make start together, and hold one job until the last has ended", async () => {
  const starts: string[] = [];
  const ends: (() => void)[] = [];
  const walk = schedule(
    [unitOf("a"), unitOf("b", "other"), unitOf("c"), unitOf("d"), taskOf("after", ["c"])],
    {
      attempts: new ReadyQueue(limitsOf(1), ({ id }) => (id === "after" ? 1 : 0)),
      lookups: new ReadyQueue(limitsOf(1), () => 0),
    },
    {
      decide: () => "run",
      async attempt(task, mates, ended) {
        starts.push([task, ...mates].map(({ id }) => id).join());
        for (const mate of mates) ended(mate);
        await new Promise<void>((resolve) => ends.push(resolve));
      },
    },
  );
  for (const started of ["a,c", "after", "b", "d"]) {
    await expect.poll(() => starts.at(-1)).toBe(started);
    expect(ends).toHaveLength(starts.length);
    ends.at(-1)?.();
  }
  await walk;
  expect(starts).toEqual(["a,c", "after", "b", "d"]);
});

test("of many thousands of units each call takes the next ones, and leaves others where they were", () => {
  const count = 30_000;
  const queue = new ReadyQueue(limitsOf(3), () => 0);
  for (let i = 0; i < count; i += 1) queue.push(unitOf(`${i}`, i % 3 === 2 ? "other" : "c"));
  const starts: string[] = [];
  for (let task = queue.take(); task !== undefined; task = queue.take()) {
    starts.push([task, ...queue.takeMates(task)].map(({ id }) => id).join());
    queue.release(task);
    if (starts.length % 5000 === 0) expect(queue.size).toBe(count - 2 * starts.length);
  }
  expect(starts).toHaveLength(count / 2);
  expect(starts.slice(0, 4)).toEqual(["0,1", "2,5", "3,4", "6,7"]);
  expect(queue.running).toBe(0);
});

test("urgent units that one call can make start together, before the others are decided", async () => {
  const seen: string[] = [];
  await schedule(
    [taskOf("other"), unitOf("a"), unitOf("b")],
    { attempts: new ReadyQueue(limitsOf(9), () => 0), lookups: new ReadyQueue(limitsOf(9), () => 0) },
    {
      urgent: ({ batch }) => batch !== undefined,
      decide({ id }) {
        seen.push(`decide ${id}`);
        return "run";
      },
      async attempt(task, mates) {
        seen.push(`start ${[task, ...mates].map(({ id }) => id).join()}`);
      },
    },
  );
  expect(seen).toEqual(["decide a", "decide b", "start a,b", "decide other", "start other"]);
});

test("units wait for those of their batch that are looked up, until a call is full or the last answer is there", async () => {
  const starts: string[] = [];
  const answers = new Map<string, () => void>();
  const answered = new Set<string>();
  const hits = new Set(["e"]);
  const walk = schedule(
    ["a", "b", "c", "d", "e", "other"].map((id) => unitOf(id, id === "other" ? "other" : "c")),
    {
      attempts: new ReadyQueue(limitsOf(9), () => 0),
      lookups: new ReadyQueue(limitsOf(9), () => 0),
    },
    {
      decide({ id }) {
        if (id !== "d" && !answered.has(id)) return "fetch";
        return hits.has(id) ? "ended" : "run";
      },
      async attempt(task, mates) {
        starts.push([task, ...mates].map(({ id }) => id).join());
      },
      async fetch({ id }) {
        await new Promise<void>((resolve) => answers.set(id, resolve));
        answered.add(id);
      },
    },
  );
  const seen: string[][] = [];
  for (const id of ["other", "a", "b", "e", "c"]) {
    await expect.poll(() => answers.has(id)).toBe(true);
    answers.get(id)?.();
    await new Promise(setImmediate);
    seen.push([...starts]);
  }
  await walk;
  // "d" needs no look-up, and waits for the others; "b" is held once more until nothing else can come.
  expect(seen).toEqual([["other"], ["other", "d,a"], ["other", "d,a"], ["other", "d,a"], ["other", "d,a", "b,c"]]);
});
