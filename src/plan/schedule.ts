import { waits } from "../graph/dependencies.ts";
import type { Task } from "../model/graph.ts";
import type { ReadyQueue } from "./ready-queue.ts";

type Decided = "attempt" | "ended";

/** What the scheduler asks to be done. Neither may throw for an expected failure. */
export interface Handlers {
  /**
   * Called once for each task, when everything it depends on has ended, well or not. `attempt`: it has to run and is
   * queued; `ended`: nothing (more) is to be done. A promise only where that takes long.
   */
  decide(task: Task): Decided | Promise<Decided>;
  /** Decided before all others, and started before those are decided: what somebody waits for. Absent: none is. */
  urgent?(task: Task): boolean;
  /** Runs a task; resolves when it has ended, well or not. */
  attempt(task: Task): Promise<void>;
}

/**
 * Walks a graph from its sources. A task's states:
 *
 *     blocked ──all dependencies ended──▶ decided ──▶ ended
 *                                           └─▶ queued ──fits jobs and pools──▶ running ──▶ ended
 *
 * Resolves when every task has ended. `tasks` hold their dependencies, or those are not part of this run.
 */
export async function schedule(tasks: readonly Task[], queue: ReadyQueue, handlers: Handlers): Promise<void> {
  const { blockers, dependents } = edges(tasks);
  const unblocked = tasks.filter((task) => blockers.get(task.id) === 0);
  const isUrgent = (task: Task): boolean => handlers.urgent?.(task) === true;
  unblocked.sort((a, b) => Number(isUrgent(b)) - Number(isUrgent(a)));
  let failure: unknown;
  let wake: () => void = () => {};
  const end = (task: Task): void => {
    for (const dependent of dependents.get(task.id) ?? []) {
      const left = (blockers.get(dependent.id) as number) - 1;
      blockers.set(dependent.id, left);
      if (left === 0) unblocked.push(dependent);
    }
  };
  // An exception is thrown only when nothing runs any more: nobody would be left to end what does.
  const fail = (error: unknown): "ended" => {
    failure ??= error;
    return "ended";
  };
  const decide = (task: Task): Decided | Promise<Decided> => {
    try {
      const decided = handlers.decide(task);
      return decided instanceof Promise ? decided.catch(fail) : decided;
    } catch (error) {
      return fail(error);
    }
  };
  const start = (task: Task): void => {
    handlers
      .attempt(task)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        queue.release(task);
        end(task);
        wake();
      });
  };
  const startAll = (): void => {
    for (let task = queue.take(); task !== undefined; task = queue.take()) start(task);
  };
  for (;;) {
    for (let next = 0; next < unblocked.length; next += 1) {
      const task = unblocked[next] as Task;
      const deciding = decide(task);
      const decided = deciding instanceof Promise ? await deciding : deciding;
      if (decided === "attempt") queue.push(task);
      else end(task);
      if (handlers.urgent === undefined || !isUrgent(task) || queue.waiting.length === 0) continue;
      startAll();
      // Deciding takes its time, and does not let go of the thread: the attempt gets as far as its process first.
      await new Promise(setImmediate);
    }
    unblocked.length = 0;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    startAll();
    if (queue.running === 0) break;
    await woken;
  }
  if (failure !== undefined) throw failure;
}

function edges(tasks: readonly Task[]): { blockers: Map<string, number>; dependents: Map<string, Task[]> } {
  const known = new Set(tasks.map((task) => task.id));
  const blockers = new Map<string, number>();
  const dependents = new Map<string, Task[]>();
  for (const task of tasks) {
    let count = 0;
    for (const id of waits(task)) {
      if (!known.has(id)) continue;
      count += 1;
      const list = dependents.get(id);
      if (list === undefined) dependents.set(id, [task]);
      else list.push(task);
    }
    blockers.set(task.id, count);
  }
  return { blockers, dependents };
}
