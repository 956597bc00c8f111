import { predecessors } from "../graph/dependencies.ts";
import type { Task } from "../model/graph.ts";
import type { ReadyQueue } from "./ready-queue.ts";

export type Decided = "attempt" | "ended" | "land";

/** What the scheduler asks to be done. Neither may throw for an expected failure. */
export interface Handlers {
  /**
   * Called for each task, when everything it depends on has ended, well or not. `attempt`: it has to run and is queued;
   * `ended`: nothing (more) is to be done; `land`: first somebody has to wait for attempts that go on already. A promise only
   * where that takes long.
   */
  decide(task: Task): Decided | Promise<Decided>;
  /** Waits for those. `again`: the task is decided once more. */
  land?(task: Task): Promise<"ended" | "again">;
  /** Decided before all others, and started before those are decided: what somebody waits for. Absent: none is. */
  urgent?(task: Task): boolean;
  /** Runs a task; resolves when it has ended, well or not. */
  attempt(task: Task): Promise<void>;
  /** Attempts that go on from before, with what they hold of the queue until they have ended. */
  readonly carried?: readonly Carried[];
}

export interface Carried {
  readonly task: Task;
  readonly ended: Promise<unknown>;
}

/**
 * Walks a graph from its sources. A task's states:
 *
 *     blocked ──all dependencies ended──▶ decided ──▶ ended
 *                                     │ ▲   └─▶ queued ──fits jobs and pools──▶ running ──▶ ended
 *                                     ▼ └─again
 *                                  landing ──▶ ended
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
  let left = tasks.length;
  const end = (task: Task): void => {
    left -= 1;
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
  let landing = 0;
  const land = (task: Task): void => {
    landing += 1;
    (handlers.land?.(task) ?? Promise.resolve("ended")).catch(fail).then((then) => {
      landing -= 1;
      if (then === "again") unblocked.push(task);
      else end(task);
      wake();
    });
  };
  for (const { task, ended } of handlers.carried ?? []) {
    queue.occupy(task);
    const release = (): void => {
      queue.release(task);
      wake();
    };
    ended.then(release, release);
  }
  const startAll = (): void => {
    for (let task = queue.take(); task !== undefined; task = queue.take()) start(task);
  };
  for (;;) {
    for (let next = 0; next < unblocked.length; next += 1) {
      const task = unblocked[next] as Task;
      const deciding = decide(task);
      const decided = deciding instanceof Promise ? await deciding : deciding;
      if (decided === "attempt") queue.push(task);
      else if (decided === "land") land(task);
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
    // An attempt that was carried here may go on when nothing here waits for it.
    if (left === 0 || (queue.running === 0 && landing === 0)) break;
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
    for (const id of predecessors(task)) {
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
