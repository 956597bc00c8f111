import type { Task } from "../model/graph.ts";

interface Gathered {
  /** How many units of the batch are looked up. */
  expected: number;
  waiting: Task[];
}

/**
 * Units that wait for others of their batch, whose results are looked up elsewhere: answers come one at a time, and without
 * this each that is a miss would start a call of its own.
 * Invariant: units wait only while others are expected, and fewer than one call makes.
 */
export class Gathering {
  readonly #batches = new Map<string, Gathered>();

  /** A look-up for the task begins. */
  expect(task: Task): void {
    const batch = callOf(task);
    if (batch === undefined) return;
    const gathered = this.#batches.get(batch) ?? { expected: 0, waiting: [] };
    gathered.expected += 1;
    this.#batches.set(batch, gathered);
  }

  /** The look-up for the task has ended, and what follows from it is decided. Returns the tasks that wait no longer. */
  settle(task: Task): readonly Task[] {
    const batch = callOf(task);
    const gathered = batch === undefined ? undefined : this.#batches.get(batch);
    if (batch === undefined || gathered === undefined) return [];
    gathered.expected -= 1;
    if (gathered.expected > 0) return [];
    this.#batches.delete(batch);
    return gathered.waiting;
  }

  /** The task may start. Returns those that may be queued now: none while it waits. */
  gather(task: Task): readonly Task[] {
    const batch = callOf(task);
    const gathered = batch === undefined ? undefined : this.#batches.get(batch);
    if (gathered === undefined) return [task];
    gathered.waiting.push(task);
    return gathered.waiting.length < (task.batch as number) ? [] : gathered.waiting.splice(0);
  }
}

/** Tasks with the same text may be made by one call: it is the same function, in the same surroundings. Undefined: by none. */
export function callOf({
  action,
  batch,
  inputs,
  mutates,
  group,
  location,
  cwd,
  env,
  timeout,
  retries,
}: Task): string | undefined {
  if (batch === undefined || batch < 2 || action.kind !== "function" || mutates.length > 0) return undefined;
  const { isUnique, actual, digest } = action.code;
  if (isUnique === true) return undefined;
  const { python } = action;
  const runBy = python === undefined ? null : [python.module, python.name, inputs[python.interpreter]];
  return JSON.stringify([group, location, actual ?? digest, runBy, cwd, env, timeout, retries]);
}
