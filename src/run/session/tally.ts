import type { Summary, TaskResult } from "../../model/event.ts";
import { NONE_UNTOUCHED, type UntouchedTasks } from "../decide/untouched-tasks.ts";

/** How each task ended. A task that ran or was restored stays so when a later round finds it fresh. */
export class Tally {
  readonly #doubtful = new Set<string>();
  readonly #results = new Map<string, TaskResult>();
  readonly #took = new Map<string, number>();
  /** What was last reported of each task that ended without an attempt. */
  readonly #said = new Map<string, string>();
  /** How many tasks have each result: it is asked for after each attempt, and a run may have thousands of tasks. */
  readonly #counts = new Map<TaskResult, number>();
  /** Fresh, unless there is another result of theirs. */
  #untouched: UntouchedTasks = NONE_UNTOUCHED;

  /**
   * False when there is no news, so that no event is emitted: the task already has a result that stays, or every round says the same of it.
   * @param took Milliseconds of the attempt that made its result, in this run or an earlier one.
   * @param said What is reported of a task that ended without an attempt; absent: it had one.
   */
  note(task: string, result: TaskResult, took: number, said = ""): boolean {
    const before = this.result(task);
    if (result === "fresh" && this.succeeded(task)) return false;
    const isRepeated = said !== "" && this.#said.get(task) === said;
    this.#said.set(task, said);
    if (before !== undefined) this.#add(before, -1);
    this.#add(result, 1);
    this.#set(task, result, took);
    return !isRepeated;
  }

  #set(task: string, result: TaskResult, took: number): void {
    this.#results.set(task, result);
    this.#took.set(task, took);
  }

  /** Notes that tasks are fresh. Returns the ids of those of which that is news. */
  noteUntouched(untouched: UntouchedTasks): readonly string[] {
    const before = this.#untouched;
    for (const { id } of before.tasks)
      if (!this.#results.has(id) && !untouched.has(id)) this.#set(id, "fresh", before.took(id));
    const news: string[] = [];
    for (const { id } of untouched.tasks) {
      if (this.succeeded(id)) continue;
      const result = this.#results.get(id);
      if (result !== undefined) this.#add(result, -1);
      this.#results.delete(id);
      this.#took.delete(id);
      this.#said.delete(id);
      news.push(id);
    }
    this.#add("fresh", news.length);
    this.#untouched = untouched;
    return news;
  }

  /** A decision about the task is reported: so is what comes of it, also if it is the same again. */
  decided(task: string): void {
    this.#said.delete(task);
  }

  /** With --dry: whether the task would run depends on results that are not known yet. */
  doubt(task: string): void {
    this.#doubtful.add(task);
  }

  /** Ids of the tasks that have a result. */
  get tasks(): readonly string[] {
    const others = this.#untouched.tasks.flatMap(({ id }) => (this.#results.has(id) ? [] : [id]));
    return [...this.#results.keys(), ...others];
  }

  /** Forgets tasks that are gone from the manifest. */
  forget(tasks: readonly string[]): void {
    for (const task of tasks) {
      const result = this.result(task);
      if (result !== undefined) this.#add(result, -1);
      this.#results.delete(task);
      this.#took.delete(task);
      this.#said.delete(task);
    }
    this.#untouched = this.#untouched.without(new Set(tasks));
  }

  has(task: string): boolean {
    return this.result(task) !== undefined;
  }

  result(task: string): TaskResult | undefined {
    return this.#results.get(task) ?? (this.#untouched.has(task) ? "fresh" : undefined);
  }

  /** True when the result of the task stands: it ran, was restored or is fresh. */
  succeeded(task: string): boolean {
    const result = this.result(task);
    return result === "fresh" || result === "restored" || result === "ran";
  }

  took(task: string): number {
    return this.#took.get(task) ?? this.#untouched.took(task);
  }

  /** True when no task so far failed, was cancelled or was skipped. */
  get isGood(): boolean {
    return this.count("failed") + this.count("skipped") + this.count("cancelled") === 0;
  }

  count(result: TaskResult): number {
    return this.#counts.get(result) ?? 0;
  }

  #add(result: TaskResult, by: number): void {
    this.#counts.set(result, this.count(result) + by);
  }

  summary({ run, dry, duration, exit }: Pick<Summary, "run" | "dry" | "duration" | "exit">): Summary {
    let saved = 0;
    for (const [task, result] of this.#results)
      if (result === "fresh" || result === "restored" || result === "would-restore") saved += this.took(task);
    for (const { id } of this.#untouched.tasks) if (!this.#results.has(id)) saved += this.#untouched.took(id);
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
