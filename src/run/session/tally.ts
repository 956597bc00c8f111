import type { Summary, TaskResult } from "../../model/event.ts";

/** How each task ended. A task that ran or was restored stays so when a later round finds it fresh. */
export class Tally {
  readonly #doubtful = new Set<string>();
  readonly #results = new Map<string, TaskResult>();
  readonly #took = new Map<string, number>();

  /**
   * False when the task already has a result that stays, so that no event is emitted.
   * @param took Milliseconds of the attempt that made its result, in this run or an earlier one.
   */
  note(task: string, result: TaskResult, took: number): boolean {
    if (result === "fresh" && this.#results.has(task)) return false;
    this.#results.set(task, result);
    this.#took.set(task, took);
    return true;
  }

  /** With --dry: whether the task would run depends on results that are not known yet. */
  doubt(task: string): void {
    this.#doubtful.add(task);
  }

  /** Forgets all other tasks, which are gone from the manifest. */
  retain(tasks: ReadonlySet<string>): void {
    for (const task of this.#results.keys()) if (!tasks.has(task)) this.#results.delete(task);
  }

  has(task: string): boolean {
    return this.#results.has(task);
  }

  result(task: string): TaskResult | undefined {
    return this.#results.get(task);
  }

  /** True when the result of the task stands: it ran, was restored or is fresh. */
  succeeded(task: string): boolean {
    return ["fresh", "restored", "ran"].includes(this.#results.get(task) ?? "");
  }

  took(task: string): number {
    return this.#took.get(task) ?? 0;
  }

  /** True when no task so far failed, was cancelled or was skipped. */
  get isGood(): boolean {
    return this.count("failed") + this.count("skipped") + this.count("cancelled") === 0;
  }

  count(result: TaskResult): number {
    let count = 0;
    for (const other of this.#results.values()) if (other === result) count += 1;
    return count;
  }

  summary({ run, dry, duration, exit }: Pick<Summary, "run" | "dry" | "duration" | "exit">): Summary {
    let saved = 0;
    for (const [task, result] of this.#results)
      if (result === "fresh" || result === "restored" || result === "would-restore") saved += this.took(task);
    return {
      run,
      dry,
      ran: this.count("ran"),
      restored: this.count("restored"),
      fresh: this.count("fresh"),
      failed: this.count("failed"),
      skipped: this.count("skipped"),
      cancelled: this.count("cancelled"),
      wouldRun: this.count("would-run"),
      mayRun: this.#doubtful.size,
      wouldRestore: this.count("would-restore"),
      duration,
      saved,
      exit,
    };
  }
}
