import type { Task } from "../model/graph.ts";
import { readsOf } from "./reads.ts";

/** Ids of the tasks that are part of every run with a task: those it reads and those in its `after`. */
export function dependencies(task: Task): ReadonlySet<string> {
  const { tasks } = readsOf(task);
  return task.after.length === 0 ? tasks : new Set([...tasks, ...task.after]);
}

/** Ids of the tasks that have to end before a task starts, as far as they are part of the run. */
export function predecessors(task: Task): ReadonlySet<string> {
  return task.orderedAfter === undefined ? dependencies(task) : new Set([...dependencies(task), ...task.orderedAfter]);
}

/** A task with its services, and theirs: what a service reads shapes the results of the tasks that need it. */
export function readersFor(tasks: readonly Task[], task: Task): readonly Task[] {
  const found = new Map([[task.id, task]]);
  const open = [task];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const id of readsOf(next).services) {
      if (found.has(id)) continue;
      const service = tasks.find((other) => other.id === id) as Task;
      found.set(id, service);
      open.push(service);
    }
  return [...found.values()];
}

/**
 * Ids of all tasks whose results a task reads, directly or through others.
 * @param byId All tasks.
 */
export function upstreamOf(byId: ReadonlyMap<string, Task>, id: string): ReadonlySet<string> {
  const upstream = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const task = byId.get(next);
    for (const above of task === undefined ? [] : readsOf(task).tasks) {
      if (upstream.has(above)) continue;
      upstream.add(above);
      open.push(above);
    }
  }
  return upstream;
}
