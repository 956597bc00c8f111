import { defined } from "../model/defined.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Task } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { own } from "../model/own.ts";

/** Pools that need no configuration: one unit a job, and the bytes of the machine's memory. */
const BUILT_IN = new Set(["cpu", "memory"]);

/** Checks the resource pools, and what tasks ask of them. */
export function checkPools(
  tasks: readonly Task[],
  pools: Readonly<Record<string, number>>,
  location: Location | undefined,
): Diagnostic[] {
  const empty = Object.entries(pools).flatMap(([pool, capacity]) =>
    capacity > 0 ? [] : [emptyPool(pool, capacity, location)],
  );
  return [
    ...empty,
    ...tasks.flatMap((task) =>
      Object.entries(task.resources).flatMap(([pool, amount]) => {
        const capacity = own(pools, pool);
        if (capacity === undefined) return BUILT_IN.has(pool) ? [] : [unknownPool(task, pool, Object.keys(pools))];
        return amount > capacity && capacity > 0 ? [tooMuch(task, pool, amount, capacity)] : [];
      }),
    ),
  ];
}

function emptyPool(pool: string, capacity: number, location: Location | undefined): Diagnostic {
  return {
    code: "INC2523",
    severity: "error",
    message: `the pool "${pool}" has a capacity of ${capacity}`,
    ...defined({ location }),
    help: ["give an amount above 0"],
  };
}

function unknownPool(task: Task, pool: string, pools: readonly string[]): Diagnostic {
  return {
    code: "INC2524",
    severity: "error",
    message: `task "${task.id}" uses the pool "${pool}", which does not exist`,
    location: task.location,
    help: [
      `configure it: export default config({ resources: { ${pool}: 1 } })`,
      `the pools ${pools.length === 0 ? "are cpu and memory" : `are cpu, memory, ${pools.join(", ")}`}`,
    ],
  };
}

function tooMuch(task: Task, pool: string, amount: number, capacity: number): Diagnostic {
  return {
    code: "INC2526",
    severity: "error",
    message: `task "${task.id}" asks for ${amount} of the pool "${pool}", which has ${capacity}`,
    location: task.location,
    help: ["raise the capacity of the pool, or lower the amount of the task"],
  };
}
