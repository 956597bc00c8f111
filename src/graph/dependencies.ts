import type { Task } from "../model/graph.ts";

/** Ids of the tasks whose results a task reads. */
export function upstream(task: Task): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const input of task.inputs) {
    if (input.kind === "artifact" || input.kind === "entry") ids.add(input.task);
    if (input.kind === "units") for (const item of input.items) ids.add(item.task);
  }
  return ids;
}

/** Ids of the tasks that have to end before a task starts: those it reads and those in its `after`. */
export function dependencies(task: Task): ReadonlySet<string> {
  return new Set([...upstream(task), ...task.after]);
}
