import type { Diagnostic } from "../model/diagnostic.ts";
import type { FileSet, Task } from "../model/graph.ts";
import { isWithin, overlap } from "../model/path.ts";
import { literalBase } from "../model/pattern.ts";
import { predecessors } from "./dependencies.ts";
import { readsOf } from "./reads.ts";

/**
 * Adds `orderedAfter` to tasks: a task that reads, or itself changes, files which another task changes in place comes
 * after that task when both are part of a run. Of two tasks that change the same files, the one that the manifest
 * declares first goes first. An order that dependencies contradict is left out.
 */
export function orderMutations(tasks: readonly Task[], sets: readonly FileSet[]): readonly Task[] {
  const mutators = tasks.filter(({ mutates }) => mutates.length > 0);
  if (mutators.length === 0) return tasks;
  const ordered = new Map(tasks.map((task) => [task.id, task]));
  for (const { id, mutates } of mutators)
    for (const reader of tasks) {
      if (reader.id === id || !readsAny(reader, mutates, sets) || waitsFor(ordered, id, reader.id)) continue;
      const now = ordered.get(reader.id) as Task;
      ordered.set(reader.id, { ...now, orderedAfter: [...(now.orderedAfter ?? []), id] });
    }
  return [...ordered.values()];
}

/** True when task `from` waits for task `to`, directly or through other tasks. */
function waitsFor(tasks: ReadonlyMap<string, Task>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    const task = tasks.get(id);
    if (task !== undefined) open.push(...predecessors(task));
  }
  return false;
}

function readsAny(task: Task, mutated: readonly string[], sets: readonly FileSet[]): boolean {
  return [...reads(task, sets), ...task.mutates].some((path) => mutated.some((other) => overlap(path, other)));
}

/** Paths of sources that a task reads, or the directories that they are in. */
function reads(task: Task, sets: readonly FileSet[]): string[] {
  const { sources, sets: read } = readsOf(task);
  const bases = read.flatMap((set) => (sets[set] as FileSet).patterns.map((pattern) => literalBase(pattern)));
  return [...sources.map(({ path }) => path), ...bases];
}

/** True for a task that changes files in place and makes nothing: it is never cached, and works once in each run. */
export function worksInPlace({ mutates, outputs }: Pick<Task, "mutates" | "outputs">): boolean {
  return mutates.length > 0 && outputs.length === 0;
}

/** True for a path that a task declares to change in place, and for paths inside it. */
export function isMutated({ mutates }: Pick<Task, "mutates">, path: string): boolean {
  return mutates.some((mutated) => isWithin(path, mutated));
}

/**
 * Checks a task that both updates files and makes outputs. It is cached by the content that it leaves in those files, so it
 * has to read them, and they must not be its outputs.
 */
export function checkUpdates(task: Task, sets: readonly FileSet[]): Diagnostic[] {
  if (task.mutates.length === 0 || task.outputs.length === 0) return [];
  return task.mutates.flatMap((mutated) => {
    const made = task.outputs.find(({ path }) => overlap(path, mutated));
    if (made !== undefined) return [makesAndMutates(task, made.path)];
    return reads(task, sets).some((path) => overlap(path, mutated)) ? [] : [unread(task, mutated)];
  });
}

function makesAndMutates(task: Task, path: string): Diagnostic {
  return {
    code: "INC2519",
    severity: "error",
    message: `task "${task.id}" both makes "${path}" and changes it in place`,
    location: task.location,
    help: ['list the updated files one by one, apart from the outputs: mutates: ["package-lock.json"]'],
  };
}

function unread(task: Task, path: string): Diagnostic {
  return {
    code: "INC2529",
    severity: "error",
    message: `task "${task.id}" updates "${path}" and makes outputs, but does not read "${path}"`,
    location: task.location,
    notes: [{ message: "its outputs are cached by the content that it leaves there" }],
    help: [`name it as an input too: inputs: [file("${path}")]`],
  };
}
