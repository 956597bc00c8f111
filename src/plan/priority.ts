import { predecessors } from "../graph/dependencies.ts";
import type { Task } from "../model/graph.ts";

/** Assumed duration of an attempt when none was recorded yet, in milliseconds. */
const UNKNOWN_DURATION = 100;

/**
 * For each task the length in milliseconds of the longest path from it to the end of the run, itself included: the
 * critical-path priority of list scheduling (Graham 1969). `tasks` stand in topological order.
 */
export function priorities(
  tasks: readonly Task[],
  duration: (id: string) => number | undefined,
): ReadonlyMap<string, number> {
  /** Task → the length of the longest path that begins after it, in milliseconds. */
  const longestAfter = new Map<string, number>();
  const result = new Map<string, number>();
  for (let i = tasks.length - 1; i >= 0; i -= 1) {
    const task = tasks[i] as Task;
    const length = (duration(task.id) ?? UNKNOWN_DURATION) + (longestAfter.get(task.id) ?? 0);
    result.set(task.id, length);
    for (const id of predecessors(task)) longestAfter.set(id, Math.max(longestAfter.get(id) ?? 0, length));
  }
  return result;
}
