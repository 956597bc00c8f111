import type { Task } from "../model/graph.ts";
import { callOf } from "./gathering.ts";

/** Tasks that need the same of every pool: all of them fit, or none does. */
interface Lane {
  readonly needs: readonly Need[];
  readonly line: Line;
  /** Those of them that one call can make, by what tells such calls apart. */
  readonly calls: Map<string, Line>;
}

export type Need = readonly [pool: string, amount: number];

/** How much may go on at once. What there is of a pool may change as a run goes on. */
export interface Limits {
  readonly jobs: number;
  /** Undefined: as much as is asked for. */
  capacity(pool: string): number | undefined;
  /** What a task holds of pools while it runs. */
  needs(task: Task): readonly Need[];
}

/**
 * Tasks that may start, within the limits of `--jobs` and the resource pools.
 * Invariant: for each pool, what the started tasks hold is at most its capacity, except that a task which asks for more
 * than the whole pool runs alone in it (otherwise it could never run).
 */
export class ReadyQueue {
  readonly #limits: Limits;
  readonly #held = new Map<string, number>();
  /** By what their tasks need. Thousands of tasks may wait, but few kinds of them. */
  readonly #lanes = new Map<string, Lane>();
  readonly #priority: (task: Task) => number;
  /** Id of a started task → what it holds. */
  readonly #started = new Map<string, readonly Need[]>();
  #running = 0;
  #size = 0;

  /** @param priority Larger starts first; of tasks with the same needs, ties start in the order of `push`. */
  constructor(limits: Limits, priority: (task: Task) => number) {
    this.#limits = limits;
    this.#priority = priority;
  }

  get running(): number {
    return this.#running;
  }

  /** How many tasks wait. */
  get size(): number {
    return this.#size;
  }

  push(task: Task): void {
    const needs = this.#limits.needs(task);
    const key = JSON.stringify(needs);
    const lane = this.#lanes.get(key) ?? { needs, line: new Line(), calls: new Map() };
    this.#lanes.set(key, lane);
    const waiting: Waiting = { task, hasStarted: false };
    this.#size += 1;
    lane.line.add(waiting, this.#priority);
    const call = callOf(task);
    if (call === undefined) return;
    const line = lane.calls.get(call) ?? new Line();
    lane.calls.set(call, line);
    line.add(waiting, this.#priority);
  }

  /** The next task that fits, which then counts as started; undefined when none does. */
  take(): Task | undefined {
    if (this.#running >= this.#limits.jobs) return undefined;
    let best: Lane | undefined;
    for (const lane of this.#lanes.values()) {
      const { first } = lane.line;
      if (first === undefined || !this.#fits(lane)) continue;
      if (best === undefined || this.#priority(first) > this.#priority(best.line.first as Task)) best = lane;
    }
    const task = best?.line.start();
    if (task === undefined) return undefined;
    this.#size -= 1;
    this.occupy(task);
    return task;
  }

  /** Takes what starts with a task, as one call of their function can make them all: they hold nothing of the pools. */
  takeMates(task: Task): readonly Task[] {
    const call = callOf(task);
    const line =
      call === undefined ? undefined : this.#lanes.get(JSON.stringify(this.#started.get(task.id)))?.calls.get(call);
    const mates: Task[] = [];
    while (line !== undefined && mates.length < (task.batch as number) - 1) {
      const mate = line.start();
      if (mate === undefined) break;
      mates.push(mate);
    }
    this.#size -= mates.length;
    return mates;
  }

  /** Counts a task as started that did not wait in this queue. */
  occupy(task: Task): void {
    this.#running += 1;
    const needs = this.#limits.needs(task);
    this.#started.set(task.id, needs);
    for (const [pool, amount] of needs) this.#held.set(pool, (this.#held.get(pool) ?? 0) + amount);
  }

  /** Releases what a started task held, unless that was done before. */
  release(task: Task): void {
    const needs = this.#started.get(task.id);
    if (needs === undefined) return;
    this.#running -= 1;
    this.#started.delete(task.id);
    for (const [pool, amount] of needs) this.#held.set(pool, (this.#held.get(pool) ?? 0) - amount);
  }

  #fits({ needs }: Lane): boolean {
    return needs.every(([pool, amount]) => {
      const capacity = this.#limits.capacity(pool);
      const held = this.#held.get(pool) ?? 0;
      return capacity === undefined || held === 0 || held + amount <= capacity;
    });
  }
}

/** A task in the lines in which it waits. */
interface Waiting {
  readonly task: Task;
  hasStarted: boolean;
}

/** How many tasks that have started a line holds before it lets go of them. */
const MOST_STARTED = 1000;

/** Tasks in the order in which they start. Each may wait in another line too, and start from there. */
class Line {
  readonly #waiting: Waiting[] = [];
  /** All before have started: to move up 100,000 for each one that starts would take longer than all the rest. */
  #next = 0;

  /** What starts next. */
  get first(): Task | undefined {
    while (this.#waiting[this.#next]?.hasStarted === true) this.#next += 1;
    return this.#waiting[this.#next]?.task;
  }

  /** Takes what starts next. */
  start(): Task | undefined {
    const task = this.first;
    if (task === undefined) return undefined;
    (this.#waiting[this.#next] as Waiting).hasStarted = true;
    this.#next += 1;
    if (this.#next > MOST_STARTED && 2 * this.#next > this.#waiting.length) {
      this.#waiting.splice(0, this.#next);
      this.#next = 0;
    }
    return task;
  }

  /** Puts a task behind all that start no later. */
  add(waiting: Waiting, priorityOf: (task: Task) => number): void {
    // To know one priority is to look at all tasks of the run.
    const priority = this.first === undefined ? 0 : priorityOf(waiting.task);
    let low = this.#next;
    for (let high = this.#waiting.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (priorityOf((this.#waiting[middle] as Waiting).task) >= priority) low = middle + 1;
      else high = middle;
    }
    this.#waiting.splice(low, 0, waiting);
  }
}

/** What a task holds of pools, by itself. */
export function needsOf(task: Task): readonly Need[] {
  const explicit = Object.entries(task.resources);
  return Object.hasOwn(task.resources, "cpu") ? explicit : [["cpu", 1], ...explicit];
}
