/** Cancels one attempt because its inputs were edited, or because another task has to run before it. */
export class Cancellation {
  readonly #controller = new AbortController();
  #paths: readonly string[] = [];

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isCancelled(): boolean {
    return this.#controller.signal.aborted;
  }

  /** What was edited; empty until it is cancelled, and where no edit is the cause. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /** The first call counts. */
  cancel(paths: readonly string[]): void {
    if (this.isCancelled) return;
    this.#paths = paths;
    this.#controller.abort();
  }
}
