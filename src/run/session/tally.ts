import type { Summary, TaskResult } from "../../model/event.ts";

/** How each task ended. A task that ran or was restored stays so when a later round finds it fresh. */
export class Tally {
  readonly #doubtful = new Set<string>();
  readonly #results = new Map<string, TaskResult>();
  readonly #took = new Map<string, number>();
  /** What was last reported of each task that ended without an attempt. */
  readonly #said = new Map<string, string>();
  /** How many tasks have each result: it is asked for after each attempt, and a run may have thousands of tasks. */
  readonly #counts = new Map<TaskResult, number>();

  /**
   * False when there is no news, so that no event is emitted: the task already has a result that stays, or every round says the same of it.
   * @param took Milliseconds of the attempt that made its result, in this run or an earlier one.
   * @param said What is reported of a task that ended without an attempt; absent: it had one.
   */
  note(task: string, result: TaskResult, took: number, said = ""): boolean {
    const before = this.#results.get(task);
    if (result === "fresh" && this.succeeded(task)) return false;
    const isRepeated = said !== "" && this.#said.get(task) === said;
    this.#said.set(task, said);
    if (before !== undefined) this.#add(before, -1);
    this.#add(result, 1);
    this.#results.set(task, result);
    this.#took.set(task, took);
    return !isRepeated;
  }

  /** A decision about the task is reported: so is what comes of it, also if it is the same again. */
  decided(task: string): void {
    this.#said.delete(task);
  }

  /** With --dry: whether the task would run depends on results that are not known yet. */
  doubt(task: string): void {
    this.#doubtful.add(task);
  }

  /** Forgets all other tasks, which are gone from the manifest. */
  retain(tasks: ReadonlySet<string>): void {
    for (const [task, result] of this.#results) {
      if (tasks.has(task)) continue;
      this.#results.delete(task);
      this.#add(result, -1);
    }
  }

  has(task: string): boolean {
    return this.#results.has(task);
  }

  result(task: string): TaskResult | undefined {
    return this.#results.get(task);
  }

  /** True when the result of the task stands: it ran, was restored or is fresh. */
  succeeded(task: string): boolean {
    const result = this.#results.get(task);
    return result === "fresh" || result === "restored" || result === "ran";
  }

  took(task: string): number {
    return this.#took.get(task) ?? 0;
  }

  /** True when no task so far failed, was cancelled or was skipped. */
  get isGood(): boolean {
    return this.count("failed") + this.count("skipped") + this.count("cancelled") === 0;
  }

  count(result: TaskResult): number {
    return this.#counts.get(result) ?? 0;
  }

  #add(result: TaskResult, by: 1 | -1): void {
    this.#counts.set(result, this.count(result) + by);
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
