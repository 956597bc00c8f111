import type { Task } from "../model/graph.ts";

/**
 * Tasks that may start, within the limits of `--jobs` and the resource pools.
 * Invariant: for each pool, what the started tasks hold is at most its capacity, except that a task which asks for more
 * than the whole pool runs alone in it (otherwise it could never run).
 */
export class ReadyQueue {
  readonly #capacity: ReadonlyMap<string, number>;
  readonly #held = new Map<string, number>();
  readonly #waiting: Task[] = [];
  readonly #priority: (task: Task) => number;
  readonly #jobs: number;
  #running = 0;

  /** @param priority Larger starts first; ties start in the order of `push`. */
  constructor(jobs: number, capacity: ReadonlyMap<string, number>, priority: (task: Task) => number) {
    this.#jobs = jobs;
    this.#capacity = capacity;
    this.#priority = priority;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): readonly Task[] {
    return this.#waiting;
  }

  push(task: Task): void {
    this.#waiting.push(task);
  }

  /** The next task that fits, which then counts as started; undefined when none does. */
  take(): Task | undefined {
    if (this.#running >= this.#jobs || this.#waiting.length === 0) return undefined;
    let best = -1;
    for (let i = 0; i < this.#waiting.length; i += 1) {
      const task = this.#waiting[i] as Task;
      if (!this.#fits(task)) continue;
      if (best < 0 || this.#priority(task) > this.#priority(this.#waiting[best] as Task)) best = i;
    }
    if (best < 0) return undefined;
    const [task] = this.#waiting.splice(best, 1) as [Task];
    this.occupy(task);
    return task;
  }

  /** Counts a task as started that did not wait in this queue. */
  occupy(task: Task): void {
    this.#running += 1;
    for (const [pool, amount] of needs(task)) this.#held.set(pool, (this.#held.get(pool) ?? 0) + amount);
  }

  /** Releases what a started task held. */
  release(task: Task): void {
    this.#running -= 1;
    for (const [pool, amount] of needs(task)) this.#held.set(pool, (this.#held.get(pool) ?? 0) - amount);
  }

  /** Empties the queue, and returns its tasks. */
  drain(): Task[] {
    return this.#waiting.splice(0);
  }

  #fits(task: Task): boolean {
    for (const [pool, amount] of needs(task)) {
      const capacity = this.#capacity.get(pool);
      const held = this.#held.get(pool) ?? 0;
      if (capacity !== undefined && held > 0 && held + amount > capacity) return false;
    }
    return true;
  }
}

function needs(task: Task): [string, number][] {
  const explicit = Object.entries(task.resources);
  return Object.hasOwn(task.resources, "cpu") ? explicit : [["cpu", 1], ...explicit];
}
