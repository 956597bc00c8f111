import type { Task } from "../../model/graph.ts";

/** Executes what has come together. What becomes of each is its own. */
export type ExecuteAll<A, R> = (attempts: readonly A[]) => Promise<ReadonlyMap<A, R>>;

/**
 * Attempts that start together, so that one call of their function makes the outputs of all. Each is prepared by itself, and may
 * turn out not to be needed: the call waits until each has come or is known not to come.
 */
export class Batch<A, R> {
  readonly #awaited: Set<string>;
  readonly #attempts: A[] = [];
  readonly #execution = Promise.withResolvers<ReadonlyMap<A, R>>();
  #start: () => void = () => {};

  constructor(tasks: readonly Pick<Task, "id">[]) {
    this.#awaited = new Set(tasks.map(({ id }) => id));
    // Where each attempt has left, nobody waits for the execution: its failure must not end the process.
    this.#execution.promise.catch(() => {});
  }

  /** Executes an attempt with the others. */
  async execute(task: Pick<Task, "id">, attempt: A, execute: ExecuteAll<A, R>): Promise<R> {
    this.#attempts.push(attempt);
    this.#start = () => execute(this.#attempts).then(this.#execution.resolve, this.#execution.reject);
    this.leave(task);
    return (await this.#execution.promise).get(attempt) as R;
  }

  /** Nothing more is to come for this task. */
  leave({ id }: Pick<Task, "id">): void {
    if (this.#awaited.delete(id) && this.#awaited.size === 0) this.#start();
  }
}
