import { dependencies } from "../../graph/dependencies.ts";
import type { Event, Summary } from "../../model/event.ts";
import type { Graph, Task } from "../../model/graph.ts";
import { printable } from "../../model/printable.ts";
import { describeReason } from "../explain/reason.ts";
import { describeEnd } from "../run/service.ts";
import { formatDuration } from "../text/duration.ts";
import { drawGraph, endInBox } from "./graph-drawing.ts";
import type { BoxChange, BoxState, GraphPicture, PictureChange, TaskPicture } from "./pictures.ts";
import { PastRuns } from "./watch-runs.ts";

/** More boxes than this are a grey cloud to people and a burden to browsers: only the list shows them then. */
const MOST_DRAWN = 5000;

/**
 * What the watch page shows, and what of that has changed since it was last sent. Pure: the events of watch go in,
 * pictures come out.
 */
export class WatchPicture {
  readonly #runs = new PastRuns();
  #loaded: Graph | undefined;
  #tasks: readonly Task[] = [];
  #graph: GraphPicture | undefined;
  readonly #boxes = new Map<string, BoxChange>();
  #isNewGraph = false;
  #changed = new Set<string>();
  #problem = "";
  #status = "starting";

  /** A manifest was loaded. @param tasks The requested tasks, with all that they depend on. */
  loaded(graph: Graph, tasks: readonly Task[]): void {
    this.#problem = "";
    if (graph === this.#loaded) return;
    this.#loaded = graph;
    this.#tasks = tasks;
    this.#graph = undefined;
    this.#isNewGraph = true;
    const ids = new Set(tasks.map(({ id }) => id));
    for (const id of this.#boxes.keys()) if (!ids.has(id)) this.#boxes.delete(id);
  }

  /** @param problem The text of the diagnostics. */
  setProblem(problem: string): void {
    this.#problem = problem;
  }

  began(cause: string, time: number): void {
    this.#runs.began(cause, time);
  }

  event(event: Event): void {
    this.#runs.event(event);
    switch (event.kind) {
      case "run-started":
        this.#status = "running";
        return;
      case "task-decided":
        if (event.decision.action === "run")
          this.#setState(event.task, "waiting", describeReason(event.decision.reason));
        return;
      case "attempt-started":
        this.#setState(event.task, "running", event.attempt > 1 ? `attempt ${event.attempt}` : "");
        return;
      case "attempt-ended":
        if (event.retryIn !== undefined)
          this.#setState(event.task, "waiting", `retry in ${formatDuration(event.retryIn)}`);
        return;
      case "task-ended":
        this.#ended(event);
        return;
      case "service-started":
        this.#setState(event.service, "starting", `process ${event.pid}`);
        return;
      case "service-ready":
        this.#setState(event.service, "ready", `after ${formatDuration(event.duration)}`);
        return;
      case "service-ended":
        this.#setState(event.service, event.cause === "stopped" ? "stopped" : "failed", describeEnd(event));
    }
  }

  /** @param summary Undefined: nothing could be run. */
  ended(summary: Summary | undefined, time: number): void {
    this.#runs.ended(summary, time);
    this.#status = summary === undefined ? "nothing could be run" : statusOf(summary);
  }

  /** Everything, for a page that was just opened. */
  whole(): PictureChange {
    return {
      ...this.#common(),
      graph: this.#drawn(),
      boxes: [...this.#boxes.values()],
      runs: this.#runs.all(),
    };
  }

  /** What has changed since the last call. */
  changes(): PictureChange {
    const boxes = [...this.#changed].map((id) => this.#boxes.get(id)).filter((change) => change !== undefined);
    const change = { ...this.#common(), boxes, runs: this.#runs.changes() };
    const graph = this.#isNewGraph ? { graph: this.#drawn() } : {};
    this.#changed = new Set();
    this.#isNewGraph = false;
    return { ...change, ...graph };
  }

  #common() {
    return { status: this.#status, problem: this.#problem };
  }

  #ended({ task, result, reason, duration }: Extract<Event, { readonly kind: "task-ended" }>): void {
    if (result === "would-run" || result === "would-restore") return;
    const before = this.#boxes.get(task);
    // A task that is fresh because it just ran retains its more informative state.
    if (result === "fresh" && (before?.[1] === "ran" || before?.[1] === "restored" || before?.[1] === "fresh")) return;
    const time = duration > 0 ? [formatDuration(duration)] : [];
    this.#setState(task, result, [...time, printable(describeReason(reason))].join(", "));
  }

  #setState(id: string, state: BoxState, words: string): void {
    this.#boxes.set(id, [id, state, words]);
    this.#changed.add(id);
  }

  #drawn(): GraphPicture {
    this.#graph ??= pictureOf(this.#tasks);
    return this.#graph;
  }
}

function pictureOf(tasks: readonly Task[]): GraphPicture {
  const index = new Map(tasks.map(({ id }, i) => [id, i]));
  const edges = tasks.flatMap((task, to) =>
    [...dependencies(task)].flatMap((id) => {
      const from = index.get(id);
      return from === undefined ? [] : [[from, to] as const];
    }),
  );
  const drawing = tasks.length > MOST_DRAWN ? { corners: [], lines: [] } : drawGraph(tasks.length, edges, "left");
  return { tasks: tasks.map(taskPicture), edges, ...drawing };
}

function taskPicture({ id, description, service, outputs }: Task): TaskPicture {
  return {
    id,
    name: printable(id),
    label: endInBox(printable(id)),
    service: service !== undefined,
    description: printable(description ?? ""),
    outputs: outputs.map(({ path }) => path),
  };
}

function statusOf({ exit, failed, skipped, cancelled, duration }: Summary): string {
  const left = [
    [failed, "failed"],
    [skipped, "skipped"],
    [cancelled, "cancelled"],
  ].flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]));
  if (left.length > 0) return left.join(", ");
  return exit === 0 ? `all is well, after ${formatDuration(duration)}` : "not all is well";
}
