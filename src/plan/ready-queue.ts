import type { Task } from "../model/graph.ts";

/** Tasks that need the same of every pool: all of them fit, or none does. */
interface Lane {
  readonly needs: readonly Need[];
  /** What starts first comes first. */
  readonly tasks: Task[];
}

type Need = readonly [pool: string, amount: number];

/**
 * Tasks that may start, within the limits of `--jobs` and the resource pools.
 * Invariant: for each pool, what the started tasks hold is at most its capacity, except that a task which asks for more
 * than the whole pool runs alone in it (otherwise it could never run).
 */
export class ReadyQueue {
  readonly #capacity: ReadonlyMap<string, number>;
  readonly #held = new Map<string, number>();
  /** By what their tasks need. Thousands of tasks may wait, but few kinds of them. */
  readonly #lanes = new Map<string, Lane>();
  readonly #priority: (task: Task) => number;
  readonly #jobs: number;
  #running = 0;

  /** @param priority Larger starts first; of tasks with the same needs, ties start in the order of `push`. */
  constructor(jobs: number, capacity: ReadonlyMap<string, number>, priority: (task: Task) => number) {
    this.#jobs = jobs;
    this.#capacity = capacity;
    this.#priority = priority;
  }

  get running(): number {
    return this.#running;
  }

  /** How many tasks wait. */
  get size(): number {
    let size = 0;
    for (const { tasks } of this.#lanes.values()) size += tasks.length;
    return size;
  }

  push(task: Task): void {
    const needs = needsOf(task);
    const key = JSON.stringify(needs);
    const lane = this.#lanes.get(key) ?? { needs, tasks: [] };
    this.#lanes.set(key, lane);
    lane.tasks.splice(this.#placeIn(lane.tasks, task), 0, task);
  }

  /** The next task that fits, which then counts as started; undefined when none does. */
  take(): Task | undefined {
    if (this.#running >= this.#jobs) return undefined;
    let best: Lane | undefined;
    for (const lane of this.#lanes.values()) {
      if (lane.tasks[0] === undefined || !this.#fits(lane)) continue;
      if (best === undefined || this.#priority(lane.tasks[0]) > this.#priority(best.tasks[0] as Task)) best = lane;
    }
    const task = best?.tasks.shift();
    if (task !== undefined) this.occupy(task);
    return task;
  }

  /** Takes what starts with a task, as one call of their function can make them all: they hold nothing of the pools. */
  takeMates(task: Task): readonly Task[] {
    const batch = batchOf(task);
    const lane = this.#lanes.get(JSON.stringify(needsOf(task)));
    if (batch === undefined || lane === undefined) return [];
    const mates: Task[] = [];
    const others: Task[] = [];
    for (const other of lane.tasks)
      if (mates.length < (task.batch as number) - 1 && batchOf(other) === batch) mates.push(other);
      else others.push(other);
    if (mates.length > 0) lane.tasks.splice(0, lane.tasks.length, ...others);
    return mates;
  }

  /** Counts a task as started that did not wait in this queue. */
  occupy(task: Task): void {
    this.#running += 1;
    for (const [pool, amount] of needsOf(task)) this.#held.set(pool, (this.#held.get(pool) ?? 0) + amount);
  }

  /** Releases what a started task held. */
  release(task: Task): void {
    this.#running -= 1;
    for (const [pool, amount] of needsOf(task)) this.#held.set(pool, (this.#held.get(pool) ?? 0) - amount);
  }

  /** Empties the queue, and returns its tasks. */
  drain(): Task[] {
    const tasks = [...this.#lanes.values()].flatMap((lane) => lane.tasks);
    this.#lanes.clear();
    return tasks;
  }

  /** The index behind all tasks that start no later. */
  #placeIn(tasks: readonly Task[], task: Task): number {
    // To know one priority is to look at all tasks of the run.
    if (tasks.length === 0) return 0;
    const priority = this.#priority(task);
    let low = 0;
    for (let high = tasks.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.#priority(tasks[middle] as Task) >= priority) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #fits({ needs }: Lane): boolean {
    return needs.every(([pool, amount]) => {
      const capacity = this.#capacity.get(pool);
      const held = this.#held.get(pool) ?? 0;
      return capacity === undefined || held === 0 || held + amount <= capacity;
    });
  }
}

/** Tasks with the same text may be made by one call: it is the same function, in the same surroundings. Undefined: by none. */
function batchOf({ action, batch, mutates, group, location, cwd, env, timeout, retries }: Task): string | undefined {
  if (batch === undefined || batch < 2 || action.kind !== "function" || mutates.length > 0) return undefined;
  const { isUnique, actual, digest } = action.code;
  if (isUnique === true) return undefined;
  return JSON.stringify([group, location, actual ?? digest, cwd, env, timeout, retries]);
}

function needsOf(task: Task): readonly Need[] {
  const explicit = Object.entries(task.resources);
  return Object.hasOwn(task.resources, "cpu") ? explicit : [["cpu", 1], ...explicit];
}
