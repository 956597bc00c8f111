import type { Fingerprint } from "../../model/digest.ts";
import type { Task } from "../../model/graph.ts";
import { type FreshTable, NO_TASKS } from "../../workspace/fresh-table.ts";

/**
 * The tasks that are fresh by the opening look, and what the snapshot holds of them. A round asks for them as a whole: with 100,000 of
 * them, what is noted for each takes longer than all that is done for the others.
 */
export class UntouchedTasks {
  readonly tasks: readonly Task[];
  readonly #table: FreshTable;
  /** By row: 1 for an untouched one. */
  readonly #is: Uint8Array;

  /** @param tasks In their order. Each has a row in the table. */
  constructor(tasks: readonly Task[], table: FreshTable) {
    this.tasks = tasks;
    this.#table = table;
    this.#is = new Uint8Array(table.ids.length);
    for (const { id } of tasks) this.#is[table.row(id) as number] = 1;
  }

  /** These, without those that have some ids. */
  without(ids: ReadonlySet<string>): UntouchedTasks {
    if (![...ids].some((id) => this.has(id))) return this;
    return new UntouchedTasks(
      this.tasks.filter(({ id }) => !ids.has(id)),
      this.#table,
    );
  }

  get table(): FreshTable {
    return this.#table;
  }

  has(id: string): boolean {
    return this.row(id) !== undefined;
  }

  /** The others of some tasks, in their order. */
  othersOf(tasks: readonly Task[]): readonly Task[] {
    if (this.tasks.length === 0) return tasks;
    const others: Task[] = [];
    let next = 0;
    for (const task of tasks)
      if (task === this.tasks[next]) next += 1;
      else others.push(task);
    return others;
  }

  /** The row of a task in the table; undefined: it is not untouched. */
  row(id: string): number | undefined {
    if (this.tasks.length === 0) return undefined;
    const row = this.#table.row(id);
    return row !== undefined && this.#is[row] === 1 ? row : undefined;
  }

  fingerprint(id: string): Fingerprint | undefined {
    const row = this.row(id);
    return row === undefined ? undefined : this.#table.fingerprint(row);
  }

  found(id: string): readonly string[] {
    const row = this.row(id);
    return row === undefined ? [] : this.#table.found(row);
  }

  /** Milliseconds that its result took. */
  took(id: string): number {
    const row = this.row(id);
    return row === undefined ? 0 : this.#table.took(row);
  }
}

export const NONE_UNTOUCHED = new UntouchedTasks([], NO_TASKS);
