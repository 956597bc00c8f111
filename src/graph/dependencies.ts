import type { Task } from "../model/graph.ts";

const upstreams = new WeakMap<Task, ReadonlySet<string>>();
const all = new WeakMap<Task, ReadonlySet<string>>();

/** Ids of the tasks whose results a task reads. */
export function upstream(task: Task): ReadonlySet<string> {
  let ids = upstreams.get(task);
  if (ids === undefined) {
    ids = readBy(task);
    upstreams.set(task, ids);
  }
  return ids;
}

/** Ids of the tasks that are part of every run with a task: those it reads and those in its `after`. */
export function dependencies(task: Task): ReadonlySet<string> {
  if (task.after.length === 0) return upstream(task);
  let ids = all.get(task);
  if (ids === undefined) {
    ids = new Set([...upstream(task), ...task.after]);
    all.set(task, ids);
  }
  return ids;
}

/** Ids of the tasks that have to end before a task starts, if they are part of the run. */
export function waits(task: Task): ReadonlySet<string> {
  return task.behind === undefined ? dependencies(task) : new Set([...dependencies(task), ...task.behind]);
}

/** A task, the services that it reads from, and those that these read from: what they read shapes its result, too. */
export function readersFor(tasks: readonly Task[], task: Task): readonly Task[] {
  const found = new Map([[task.id, task]]);
  const open = [task];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const input of next.inputs) {
      if (input.kind !== "service" || found.has(input.task)) continue;
      const service = tasks.find(({ id }) => id === input.task) as Task;
      found.set(service.id, service);
      open.push(service);
    }
  return [...found.values()];
}

function readBy(task: Task): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const input of task.inputs) {
    if (input.kind === "artifact" || input.kind === "entry" || input.kind === "service") ids.add(input.task);
    if (input.kind === "units") for (const item of input.items) ids.add(item.task);
  }
  return ids;
}
