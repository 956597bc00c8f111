import { dependencies } from "../../graph/dependencies.ts";
import type { Event, Summary } from "../../model/event.ts";
import type { Graph, Task } from "../../model/graph.ts";
import { describeReason } from "../explain/reason.ts";
import { describeEnd } from "../run/service.ts";
import { formatDuration } from "../text/duration.ts";
import { printable } from "../text/printable.ts";
import { type Corner, drawGraph, endInBox } from "./graph-drawing.ts";
import { PastRuns, type RunPicture } from "./watch-runs.ts";

/** How a task or a service stands, as the page shows it. */
export type Standing =
  | "unknown"
  | "waiting"
  | "running"
  | "ran"
  | "restored"
  | "fresh"
  | "failed"
  | "skipped"
  | "cancelled"
  | "starting"
  | "ready"
  | "stopped";

/** What the page draws, laid out. Ids are raw, all other text can be shown as it is. */
export interface GraphPicture {
  readonly tasks: readonly {
    readonly id: string;
    readonly name: string;
    /** As much of the name as fits into its box. */
    readonly label: string;
    readonly service: boolean;
    readonly description: string;
    /** Workspace paths of what it makes, raw. */
    readonly outputs: readonly string[];
  }[];
  /** Indexes of tasks: from what is needed to what needs it. */
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** Of each task's box, and of each edge; empty when there are too many to be drawn. */
  readonly corners: readonly Corner[];
  readonly lines: readonly string[];
}

/** A task's id, how it stands, and that in words. */
export type StandingChange = readonly [id: string, standing: Standing, words: string];

export interface PictureChange {
  /** Absent: the same as before. */
  readonly graph?: GraphPicture;
  readonly standings: readonly StandingChange[];
  /** Those that are new, or not what they were. */
  readonly runs: readonly RunPicture[];
  readonly status: string;
  /** What keeps the manifest from being loaded; empty: nothing does. */
  readonly problem: string;
}

/** More boxes than this are a grey cloud to people, and a burden to browsers: the list alone shows them then. */
const MOST_DRAWN = 5000;

/**
 * What watch has told so far, and what of it somebody who was told the rest does not know yet. Pure: what is told goes in, what is
 * to be shown comes out.
 */
export class WatchPicture {
  readonly #runs = new PastRuns();
  #loaded: Graph | undefined;
  #tasks: readonly Task[] = [];
  #graph: GraphPicture | undefined;
  readonly #standings = new Map<string, StandingChange>();
  #isNewGraph = false;
  #changed = new Set<string>();
  #problem = "";
  #status = "starting";

  /** The graph that was loaded last, and those of its tasks that were asked for. */
  loaded(graph: Graph, tasks: readonly Task[]): void {
    this.#problem = "";
    if (graph === this.#loaded) return;
    this.#loaded = graph;
    this.#tasks = tasks;
    this.#graph = undefined;
    this.#isNewGraph = true;
    const ids = new Set(tasks.map(({ id }) => id));
    for (const id of this.#standings.keys()) if (!ids.has(id)) this.#standings.delete(id);
  }

  /** @param problem As it is printed. */
  troubled(problem: string): void {
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
        if (event.decision.action === "run") this.#stands(event.task, "waiting", describeReason(event.decision.reason));
        return;
      case "attempt-started":
        this.#stands(event.task, "running", event.attempt > 1 ? `attempt ${event.attempt}` : "");
        return;
      case "attempt-ended":
        if (event.retryIn !== undefined)
          this.#stands(event.task, "waiting", `tried again in ${formatDuration(event.retryIn)}`);
        return;
      case "task-ended":
        this.#ended(event);
        return;
      case "service-started":
        this.#stands(event.service, "starting", `process ${event.pid}`);
        return;
      case "service-ready":
        this.#stands(event.service, "ready", `after ${formatDuration(event.duration)}`);
        return;
      case "service-ended":
        this.#stands(event.service, event.cause === "stopped" ? "stopped" : "failed", describeEnd(event));
    }
  }

  /** @param summary Undefined: nothing could be run. */
  ended(summary: Summary | undefined, time: number): void {
    this.#runs.ended(summary, time);
    this.#status = summary === undefined ? "nothing could be run" : statusOf(summary);
  }

  /** All of it. */
  whole(): PictureChange {
    return {
      ...this.#common(),
      graph: this.#drawn(),
      standings: [...this.#standings.values()],
      runs: this.#runs.all(),
    };
  }

  /** What came since this was asked last. */
  changes(): PictureChange {
    const standings = [...this.#changed].map((id) => this.#standings.get(id)).filter((change) => change !== undefined);
    const change = { ...this.#common(), standings, runs: this.#runs.changes() };
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
    const before = this.#standings.get(task);
    // What is fresh after it ran says more as it is; what failed before was left alone.
    if (result === "fresh" && (before?.[1] === "ran" || before?.[1] === "restored" || before?.[1] === "fresh")) return;
    const time = duration > 0 ? [formatDuration(duration)] : [];
    this.#stands(task, result, [...time, printable(describeReason(reason))].join(", "));
  }

  #stands(id: string, standing: Standing, words: string): void {
    this.#standings.set(id, [id, standing, words]);
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

function taskPicture({ id, description, service, outputs }: Task): GraphPicture["tasks"][number] {
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
