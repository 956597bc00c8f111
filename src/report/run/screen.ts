import type { Event } from "../../model/event.ts";
import { printable } from "../../model/printable.ts";
import { paint } from "../text/color.ts";
import { formatDuration } from "../text/duration.ts";
import { textWidth, truncate, truncateMiddle } from "../text/width.ts";
import { LastLine } from "./last-line.ts";

/** An attempt that runs. Times are in milliseconds. */
interface Running {
  readonly task: string;
  readonly since: number;
  readonly expected: number | undefined;
  /** Shown instead of its time while it waits for its next attempt. */
  readonly note: string;
  /** The machine that it runs on, if that is another one. */
  readonly host?: string;
  /** How far a function says that it has come. */
  readonly progress?: { readonly done: number; readonly total: number };
  /** The last line of its output. */
  readonly said: LastLine;
}

const BAR = 20;
/** Columns before a task's name. */
const MARGIN = 3;
/** Columns that a name gets at least. */
const LEAST_NAME = 12;
/** In fewer columns the output of a task is not worth showing. */
const LEAST_SAID = 8;
const GAP = "  ";

/**
 * The lines at the bottom of a terminal: the tasks that run, how many failed, and the progress. It writes to no
 * terminal itself.
 */
export class Screen {
  readonly #running = new Map<string, Running>();
  #total = 0;
  /** Tasks: in a later round one may end again, and in another way. */
  readonly #ended = new Set<string>();
  readonly #failed = new Set<string>();
  /** Since when the run connects to other machines; milliseconds since the epoch. */
  #connecting: number | undefined;

  /** True while an attempt runs or waits for its next one. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  event(event: Event): void {
    if (event.kind === "run-started") this.#total = event.tasks.length;
    if (event.kind === "connecting") this.#connecting = event.time;
    if (event.kind === "connected") this.#connecting = undefined;
    if (event.kind === "tasks-found") this.#total += event.tasks.length;
    if (event.kind === "attempt-started") this.#begin(event.task, event.time, event.expected, "");
    if (event.kind === "attempt-placed") this.#change(event.task, { host: event.host });
    if (event.kind === "task-progress")
      this.#change(event.task, { progress: { done: event.done, total: event.total } });
    if (event.kind === "task-output") this.#running.get(event.task)?.said.push(event.output);
    if (event.kind === "attempt-ended" && event.retryIn !== undefined) {
      const note = `attempt ${event.attempt} failed, the next in ${formatDuration(event.retryIn)}`;
      this.#begin(event.task, event.time, undefined, note);
    }
    if (event.kind === "tasks-untouched") for (const task of event.tasks) this.#ended.add(task);
    if (event.kind !== "task-ended") return;
    this.#running.delete(event.task);
    this.#ended.add(event.task);
    if (event.result === "failed") this.#failed.add(event.task);
    else this.#failed.delete(event.task);
  }

  #begin(task: string, since: number, expected: number | undefined, note: string): void {
    this.#running.set(task, { task, since, expected, note, said: new LastLine() });
  }

  #change(task: string, change: Pick<Running, "host" | "progress">): void {
    const running = this.#running.get(task);
    if (running !== undefined) this.#running.set(task, { ...running, ...change });
  }

  /** At most so many lines of at most so many columns, the longest running task first. */
  lines(
    now: number,
    size: { readonly columns: number; readonly rows: number },
    options: { readonly color: boolean; readonly mark: string },
  ): string[] {
    const room = Math.max(1, size.rows - (this.#connecting === undefined ? 2 : 3));
    const all = [...this.#running.values()].sort((a, b) => a.since - b.since);
    const shown = all
      .slice(0, all.length > room ? room - 1 : room)
      .map((running) => ` ${options.mark} ${describe(running, now, size.columns - MARGIN)}`);
    const hidden = all.length - shown.length;
    const connecting =
      this.#connecting === undefined
        ? []
        : [` ${options.mark} connecting to the Ray cluster  ${formatDuration(Math.max(0, now - this.#connecting))}`];
    return [
      ...connecting.map((line) => truncate(line, size.columns)),
      ...shown,
      ...(hidden > 0 ? [truncate(`   and ${hidden} more`, size.columns)] : []),
      this.#progress(size.columns, options.color),
    ];
  }

  #progress(columns: number, color: boolean): string {
    const share = this.#total === 0 ? 0 : Math.min(1, this.#ended.size / this.#total);
    const full = Math.round(share * BAR);
    const text = ` ${"█".repeat(full)}${"░".repeat(BAR - full)} ${this.#ended.size}/${this.#total}`;
    const failed = this.#failed.size === 0 ? "" : `  ${this.#failed.size} failed`;
    const fitting = truncate(text + failed, columns);
    return this.#failed.size === 0 ? fitting : paint("red", fitting, color);
  }
}

/** The name, cut in its middle if it is long, and the time; the last line of output takes the rest. */
function describe(running: Running, now: number, columns: number): string {
  const { task, host, since, expected, note, progress, said } = running;
  const where = host === undefined ? "" : ` @ ${printable(host)}`;
  const elapsed = formatDuration(Math.max(0, now - since));
  const of = expected === undefined ? "" : ` of about ${formatDuration(expected)}`;
  const come = progress === undefined ? "" : `  ${progress.done}/${progress.total}`;
  const how = note === "" ? `${where}${come}  ${elapsed}${of}` : `  ${note}`;
  const last = said.text;
  const room = columns - textWidth(how);
  const name = truncateMiddle(printable(task), Math.max(LEAST_NAME, last === "" ? room : Math.min(room, columns >> 1)));
  const line = name + how;
  const left = columns - textWidth(line) - GAP.length;
  return truncate(last === "" || left < LEAST_SAID ? line : line + GAP + last, columns);
}
