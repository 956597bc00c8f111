import { expect, test } from "vitest";
import { ReadyQueue } from "../../src/plan/ready-queue.ts";
import { schedule } from "../../src/plan/schedule.ts";
import { taskOf } from "../support/graph.ts";
import { limitsOf } from "./limits.ts";

test("tasks that the same end lets go start in the order of the walk, whatever else they wait for", async () => {
  const shared = taskOf("", ["a"]).inputs;
  const tasks = [taskOf("a"), taskOf("b", [], { inputs: shared }), taskOf("c", ["a", "z"])];
  tasks.push(taskOf("d", [], { inputs: shared }), taskOf("e", ["d"]), taskOf("f", [], { after: ["a"] }));
  const started: string[] = [];
  const [attempts, lookups] = [1, 1].map((jobs) => new ReadyQueue(limitsOf(jobs), () => 0));
  await schedule(
    tasks,
    { attempts: attempts as ReadyQueue, lookups: lookups as ReadyQueue },
    {
      decide: () => "run",
      async attempt({ id }) {
        started.push(id);
      },
    },
  );
  expect(started).toEqual(["a", "b", "c", "d", "f", "e"]);
});
