import type { Task } from "../model/graph.ts";
import type { ReadyQueue } from "./ready-queue.ts";

/** What a started task holds of the queue. */
export interface Slot {
  /** May be called once nothing of it runs any more, though it has not ended: others may start. */
  vacate(): void;
  /** Resolves when it may run once more: at once unless it was vacated. Resolves as well once the task has ended. */
  retake(): Promise<void>;
}

/** Started tasks of which nothing runs any more, and which have not ended. They hold nothing of the queue. */
export class Vacated {
  readonly #queue: ReadyQueue;
  /** Those that wait to run once more have something to call when their turn has come. */
  readonly #tasks = new Map<Task, (() => void) | undefined>();
  /** Tasks that have ended while they waited in the queue. */
  readonly #stale = new Set<Task>();

  constructor(queue: ReadyQueue) {
    this.#queue = queue;
  }

  get size(): number {
    return this.#tasks.size;
  }

  vacate(task: Task): void {
    if (this.#tasks.has(task)) return;
    this.#tasks.set(task, undefined);
    this.#queue.release(task);
  }

  /** Queues a task once more. */
  retake(task: Task): Promise<void> {
    if (!this.#tasks.has(task)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#tasks.set(task, resolve);
      this.#queue.push(task);
    });
  }

  /** The turn of a task has come. False: it was not queued by this. */
  resume(task: Task): boolean {
    if (this.#stale.delete(task)) {
      this.#queue.release(task);
      return true;
    }
    const resume = this.#tasks.get(task);
    if (resume === undefined) return false;
    this.#tasks.delete(task);
    resume();
    return true;
  }

  /** The task has ended, or another walk has it. */
  end(task: Task): void {
    const resume = this.#tasks.get(task);
    if (resume !== undefined) this.#stale.add(task);
    this.#tasks.delete(task);
    resume?.();
  }
}
