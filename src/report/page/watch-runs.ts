import type { Event, Summary } from "../../model/event.ts";
import { describeReason } from "../explain/reason.ts";
import { renderSummary } from "../run/summary.ts";
import { printable } from "../text/printable.ts";
import type { BarPicture, RunPicture } from "./pictures.ts";

const KEPT = 20;
/** Of one run. */
const MOST_BARS = 300;

interface Run extends Omit<RunPicture, "bars" | "more"> {
  /** Task → what became of it. */
  readonly bars: Map<string, BarPicture>;
  more: number;
}

/** The last runs. One in which nothing came of a change is none. */
export class PastRuns {
  #count = 0;
  #current: Run | undefined;
  #kept: Run[] = [];
  #changed = new Set<number>();

  began(cause: string, time: number): void {
    this.#count += 1;
    this.#current = { n: this.#count, cause, start: time, summary: "", bars: new Map(), more: 0 };
    // Nothing is to be seen of it yet.
    this.#changed.delete(this.#count);
  }

  event(event: Event): void {
    const run = this.#current;
    if (run === undefined) return;
    if (event.kind === "attempt-started") this.#bar(run, event.task, "running", "", event.time, event.time);
    if (event.kind !== "task-ended" || event.result === "fresh") return;
    // What was left alone because it failed before, or behind that, is no news.
    if (event.result === "skipped" || event.reason.kind === "failed-before") return;
    const start = run.bars.get(event.task)?.start ?? event.time - event.duration;
    this.#bar(run, event.task, event.result, printable(describeReason(event.reason)), start, event.time);
  }

  ended(summary: Summary | undefined, time: number): void {
    const run = this.#current;
    this.#current = undefined;
    if (run === undefined) return;
    const isNews = run.bars.size > 0 || run.n === 1 || summary === undefined;
    const told = summary === undefined ? "nothing could be run" : renderSummary(summary);
    const ended = { ...run, end: time, ...(summary === undefined ? {} : { exit: summary.exit }), summary: told };
    this.#kept = [...this.#kept.filter(({ n }) => n !== run.n), ...(isNews ? [ended] : [])].slice(-KEPT);
    if (isNews) this.#changed.add(run.n);
  }

  all(): readonly RunPicture[] {
    return this.#kept.map(pictureOf);
  }

  /** Those that are not what they were when this was asked last. */
  changes(): readonly RunPicture[] {
    const changed = this.#kept.filter(({ n }) => this.#changed.has(n)).map(pictureOf);
    this.#changed = new Set();
    return changed;
  }

  #bar(run: Run, id: string, result: BarPicture["result"], words: string, start: number, end: number): void {
    if (run.bars.size >= MOST_BARS && !run.bars.has(id)) {
      if (result !== "running") run.more += 1;
      return;
    }
    run.bars.set(id, { id, name: printable(id), result, words, start, end });
    if (!this.#kept.includes(run)) this.#kept = [...this.#kept, run].slice(-KEPT);
    this.#changed.add(run.n);
  }
}

function pictureOf({ bars, ...run }: Run): RunPicture {
  return { ...run, bars: [...bars.values()] };
}
