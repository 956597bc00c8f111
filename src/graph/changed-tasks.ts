import type { Task } from "../model/graph.ts";

/** What has come to a list of tasks, and what is gone from it. Tasks never change: one that is declared in another way is another one. */
export interface ChangedTasks {
  readonly gone: readonly Task[];
  readonly come: readonly Task[];
}

/** How far ahead the next task that is in both lists is looked for. */
const AHEAD = 16;

/** Takes the places of tasks in two lists, in the order of both. */
export interface Aligned {
  both(i: number, j: number): void;
  /** It is in the first list alone, or is elsewhere in the second one. */
  gone(i: number): void;
  come(j: number): void;
}

/**
 * Compares two lists of tasks of which most are the same ones in the same order, side by side: to gather 100,000 of them in a set takes
 * ten times as long.
 */
export function align(before: readonly Task[], now: readonly Task[], take: Aligned): void {
  for (let i = 0, j = 0; i < before.length || j < now.length; ) {
    if (before[i] === now[j]) {
      take.both(i, j);
      i += 1;
      j += 1;
      continue;
    }
    const left = ahead(before, i, now[j]);
    const right = left === undefined ? ahead(now, j, before[i]) : 0;
    const untilLeft = Math.min(i + (left ?? (right === undefined ? 1 : 0)), before.length);
    const untilRight = Math.min(j + (right ?? 1), now.length);
    for (; i < untilLeft; i += 1) take.gone(i);
    for (; j < untilRight; j += 1) take.come(j);
  }
}

export function changedTasks(before: readonly Task[], now: readonly Task[]): ChangedTasks {
  const gone: Task[] = [];
  const come: Task[] = [];
  align(before, now, {
    both() {},
    gone: (i) => gone.push(before[i] as Task),
    come: (j) => come.push(now[j] as Task),
  });
  return withoutMoved(gone, come);
}

/** How many tasks come before one, from a place on; undefined: it is not near. */
function ahead(tasks: readonly Task[], from: number, task: Task | undefined): number | undefined {
  if (task === undefined) return undefined;
  for (let i = 1; i <= AHEAD; i += 1) if (tasks[from + i] === task) return i;
  return undefined;
}

/** A task that has another place is neither gone nor come. */
function withoutMoved(gone: readonly Task[], come: readonly Task[]): ChangedTasks {
  const here = new Set(come);
  const moved = new Set(gone.filter((task) => here.has(task)));
  if (moved.size === 0) return { gone, come };
  return { gone: gone.filter((task) => !moved.has(task)), come: come.filter((task) => !moved.has(task)) };
}
