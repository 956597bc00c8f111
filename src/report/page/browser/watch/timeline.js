// @ts-check
/** @import { BarPicture, RunPicture } from "../../pictures.ts" */
import { byId, element, link } from "../elements.js";
import { span } from "./words.js";

/** How many runs are shown. */
const MOST_RUNS = 20;
/** How many tasks of a run are drawn above each other. */
const MOST_LANES = 10;
/** The height of a lane, in pixels. */
const LANE = 7;

/** The last runs, the latest first, each with a bar for each of its tasks. */
export class Timeline {
  #list = byId("timeline", HTMLOListElement);
  /**
   * By their numbers.
   * @type {Map<number, RunPicture>}
   */
  #runs = new Map();
  /** @type {(run: RunPicture) => void} */
  #showRun;
  /** @type {(id: string) => void} */
  #showTask;

  /**
   * @param {(run: RunPicture) => void} showRun
   * @param {(id: string) => void} showTask
   */
  constructor(showRun, showTask) {
    this.#showRun = showRun;
    this.#showTask = showTask;
  }

  /** @param {readonly RunPicture[]} runs Those that are new or have changed. */
  take(runs) {
    if (runs.length === 0) return;
    for (const run of runs) this.#runs.set(run.n, run);
    for (const n of [...this.#runs.keys()].sort((a, b) => a - b).slice(0, -MOST_RUNS)) this.#runs.delete(n);
    const rows = [...this.#list.children];
    const focused = rows.findIndex((row) => row.contains(document.activeElement));
    this.#list.replaceChildren(...[...this.#runs.values()].sort((a, b) => b.n - a.n).map((run) => this.#row(run)));
    if (focused >= 0) this.#list.children[focused]?.querySelector("button")?.focus();
  }

  /** @param {RunPicture} run */
  #row(run) {
    const item = element("li");
    const what = element("div");
    const { n, cause, start, end, exit, summary } = run;
    const done = end === undefined ? "running" : `${exit === 0 ? "✓" : "✗"} ${summary}`;
    what.append(
      link(cause, () => this.#showRun(this.#runs.get(n) ?? run)),
      element("div", `${new Date(start).toLocaleTimeString()}  ${done}`, "facts"),
    );
    item.append(what, this.#strip(run));
    return item;
  }

  /** @param {RunPicture} run */
  #strip({ bars, start, end }) {
    const strip = element("div", "", "strip");
    strip.setAttribute("aria-hidden", "true");
    const begin = bars.reduce((least, bar) => Math.min(least, bar.start), start);
    const last = end ?? bars.reduce((most, bar) => Math.max(most, bar.end), start + 1);
    const length = Math.max(1, last - begin);
    /** @type {number[]} */
    const lanes = [];
    for (const bar of bars) {
      let lane = lanes.findIndex((until) => until <= bar.start);
      if (lane < 0) lane = Math.min(lanes.length, MOST_LANES - 1);
      lanes[lane] = bar.end;
      const box = this.#bar(bar);
      box.style.left = `${(100 * (bar.start - begin)) / length}%`;
      box.style.width = `${(100 * (bar.end - bar.start)) / length}%`;
      box.style.top = `${lane * LANE + 4}px`;
      strip.append(box);
    }
    strip.style.height = `${lanes.length * LANE + 8}px`;
    return strip;
  }

  /** @param {BarPicture} bar */
  #bar({ id, name, result, start, end }) {
    const box = element("i", undefined, `s-${result}`);
    box.title = `${name}: ${result}, ${span(end - start)}`;
    box.addEventListener("click", () => this.#showTask(id));
    return box;
  }
}
