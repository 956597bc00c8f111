import type { FileSet, Task } from "../model/graph.ts";
import { literalBase } from "../model/pattern.ts";
import { waits } from "./dependencies.ts";

/**
 * Whoever reads or changes what a task changes in place waits for that task, when both are part of a run; the one that
 * stands first in the manifest goes first where two change the same. An order that the graph contradicts is left out.
 */
export function orderMutations(tasks: readonly Task[], sets: readonly FileSet[]): readonly Task[] {
  const mutators = tasks.filter(({ mutates }) => mutates.length > 0);
  if (mutators.length === 0) return tasks;
  const ordered = new Map(tasks.map((task) => [task.id, task]));
  for (const { id, mutates } of mutators)
    for (const reader of tasks) {
      if (reader.id === id || !readsAny(reader, mutates, sets) || waitsFor(ordered, id, reader.id)) continue;
      const now = ordered.get(reader.id) as Task;
      ordered.set(reader.id, { ...now, behind: [...(now.behind ?? []), id] });
    }
  return [...ordered.values()];
}

/** True when one waits for the other, over however many steps. */
function waitsFor(tasks: ReadonlyMap<string, Task>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    const task = tasks.get(id);
    if (task !== undefined) open.push(...waits(task));
  }
  return false;
}

function readsAny(task: Task, mutated: readonly string[], sets: readonly FileSet[]): boolean {
  const read = task.inputs.flatMap((input) => {
    if (input.kind === "file") return [input.path];
    return input.kind === "files" ? (sets[input.set] as FileSet).patterns.map((pattern) => literalBase(pattern)) : [];
  });
  return [...read, ...task.mutates].some((path) => mutated.some((other) => overlap(path, other)));
}

/** True when one is the other or inside of it. Empty and `.`: the workspace. */
function overlap(a: string, b: string): boolean {
  return isWithin(a, b) || isWithin(b, a);
}

function isWithin(path: string, directory: string): boolean {
  return directory === "" || directory === "." || path === directory || path.startsWith(`${directory}/`);
}
