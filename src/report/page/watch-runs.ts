import type { Event, Summary } from "../../model/event.ts";
import { printable } from "../../model/printable.ts";
import { describeReason } from "../explain/reason.ts";
import { renderSummary } from "../run/summary.ts";
import type { BarPicture, RunPicture } from "./pictures.ts";

const MOST_RUNS = 20;
/** How many tasks of one run have a bar. */
const MOST_BARS = 300;

interface Run extends Omit<RunPicture, "bars" | "more"> {
  /** By task. */
  readonly bars: Map<string, BarPicture>;
  more: number;
}

/** The last runs, without those in which a change had no effect. */
export class PastRuns {
  #count = 0;
  #current: Run | undefined;
  #runs: Run[] = [];
  #changed = new Set<number>();

  began(cause: string, time: number): void {
    this.#count += 1;
    this.#current = { n: this.#count, cause, start: time, summary: "", bars: new Map(), more: 0 };
    // It is shown from its first bar on.
    this.#changed.delete(this.#count);
  }

  event(event: Event): void {
    const run = this.#current;
    if (run === undefined) return;
    if (event.kind === "attempt-started") {
      const { task, time } = event;
      this.#draw(run, { ...named(task), result: "running", words: "", start: time, end: time });
    }
    if (event.kind !== "task-ended" || event.result === "fresh") return;
    // A task that was not tried again, and those that depend on it, are no news.
    if (event.result === "skipped" || event.reason.kind === "failed-before") return;
    const start = run.bars.get(event.task)?.start ?? event.time - event.duration;
    const words = printable(describeReason(event.reason));
    this.#draw(run, { ...named(event.task), result: event.result, words, start, end: event.time });
  }

  ended(summary: Summary | undefined, time: number): void {
    const run = this.#current;
    this.#current = undefined;
    if (run === undefined) return;
    const isNews = run.bars.size > 0 || run.n === 1 || summary === undefined;
    const text = summary === undefined ? "nothing could be run" : renderSummary(summary);
    const ended = { ...run, end: time, ...(summary === undefined ? {} : { exit: summary.exit }), summary: text };
    this.#runs = [...this.#runs.filter(({ n }) => n !== run.n), ...(isNews ? [ended] : [])].slice(-MOST_RUNS);
    if (isNews) this.#changed.add(run.n);
  }

  all(): readonly RunPicture[] {
    return this.#runs.map(pictureOf);
  }

  /** The runs that are new or have changed since the last call. */
  changes(): readonly RunPicture[] {
    const changed = this.#runs.filter(({ n }) => this.#changed.has(n)).map(pictureOf);
    this.#changed = new Set();
    return changed;
  }

  #draw(run: Run, bar: BarPicture): void {
    if (run.bars.size >= MOST_BARS && !run.bars.has(bar.id)) {
      if (bar.result !== "running") run.more += 1;
      return;
    }
    run.bars.set(bar.id, bar);
    if (!this.#runs.includes(run)) this.#runs = [...this.#runs, run].slice(-MOST_RUNS);
    this.#changed.add(run.n);
  }
}

function named(task: string): Pick<BarPicture, "id" | "name"> {
  return { id: task, name: printable(task) };
}

function pictureOf({ bars, ...run }: Run): RunPicture {
  return { ...run, bars: [...bars.values()] };
}
