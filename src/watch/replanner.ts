import type { Task } from "../model/graph.ts";
import type { Cancellation } from "../run/session/cancellation.ts";
import type { Resident } from "../run/session/options.ts";
import type { LazyServices } from "./lazy-services.ts";
import type { WatchedPipeline } from "./pipeline.ts";

/**
 * When more paths have changed, no task comes before the others: to ask each of them would take longer than it gains.
 */
const MOST_URGENT = 16;

/**
 * An attempt that is cancelled so often, one start after the other, is let run to its end: as a rule it changes its own inputs,
 * and what it made is examined as after any attempt (INC4203).
 */
const MOST_CANCELLED = 5;

/** So often one path has a run plan anew: tasks that write what they read would keep the run from ending. */
const MOST_REPLANS = 20;

/** How often in a row the attempts of a task were cancelled. */
interface Cancelled {
  readonly times: number;
  /** The latest attempt that an edit concerned. */
  readonly latest: Cancellation;
}

/**
 * Brings changes into the run that goes on: it cancels attempts whose inputs changed, and has the rest planned anew.
 */
export class Replanner {
  /** What the runs of a watch share. */
  readonly resident: Resident;
  readonly #pipeline: WatchedPipeline;
  readonly #services: LazyServices;
  #urgent: ReadonlySet<string> = new Set();
  /** Task → its attempts in this run that were cancelled. */
  readonly #cancelled = new Map<string, Cancelled>();
  /** Path → how often it had this run plan anew. */
  readonly #replans = new Map<string, number>();
  /** True when a version of an object that the pipeline reads was published since the run began, or was last examined. */
  #published = false;

  /** @param later Takes work that no run has to wait for. */
  constructor(
    pipeline: WatchedPipeline,
    services: LazyServices,
    { cancels, later }: Pick<Resident, "cancels" | "later">,
  ) {
    this.#pipeline = pipeline;
    this.#services = services;
    this.resident = {
      failed: new Map(),
      disturbed: new Map(),
      attempts: new Map(),
      replans: new Set(),
      unsettled: new Set(),
      cancels,
      remote: { restsUntil: 0 },
      isUrgent: (task) => this.#urgent.has(task.id),
      later,
    };
  }

  /** A run begins because of these paths. */
  begin(tasks: readonly Task[], paths: ReadonlySet<string>): void {
    this.#published = false;
    this.#cancelled.clear();
    this.#replans.clear();
    this.#hurry(tasks, [...paths]);
  }

  /** A version of an object that the pipeline reads was published. */
  published(): void {
    this.#published = true;
  }

  /** @param store True: published objects count as well. */
  examine(paths: readonly string[], store: boolean): void {
    const { attempts, cancels, replans } = this.resident;
    if (!cancels) return;
    const { relevance, graph } = this.#pipeline;
    const published = store && this.#published;
    this.#published = false;
    const restless = new Set<string>();
    for (const [task, { cancellation, isReplaced }] of attempts) {
      const upsetting = paths.filter((path) => relevance?.upsets(task, path));
      if (upsetting.length === 0 && !(store && isReplaced())) continue;
      if (this.#mayCancel(task, cancellation)) cancellation.cancel(upsetting);
      else for (const path of upsetting) restless.add(path);
    }
    for (const service of this.#services.opened?.starting() ?? [])
      if (paths.some((path) => relevance?.upsets(service, path))) this.#services.opened?.abandon(service);
    const edited = paths.filter((path) => !restless.has(path) && relevance?.isEdited(path) && this.#mayReplan(path));
    if (edited.length === 0 && !published) return;
    this.#hurry(graph?.tasks ?? [], edited);
    for (const replan of replans) replan(edited);
  }

  #mayReplan(path: string): boolean {
    const times = (this.#replans.get(path) ?? 0) + 1;
    this.#replans.set(path, times);
    return times <= MOST_REPLANS;
  }

  #mayCancel(task: string, latest: Cancellation): boolean {
    const before = this.#cancelled.get(task);
    // The latest one ended by itself: a new row begins.
    const hasEnded = before !== undefined && before.latest !== latest && !before.latest.isCancelled;
    const times = before === undefined || hasEnded ? 0 : before.times;
    const isNew = before?.latest !== latest;
    const mayCancel = times < MOST_CANCELLED;
    this.#cancelled.set(task, { times: mayCancel && isNew ? times + 1 : times, latest });
    return mayCancel;
  }

  /** Puts the tasks first that read or make what changed. */
  #hurry(tasks: readonly Task[], paths: readonly string[]): void {
    const few = paths.length > MOST_URGENT ? [] : paths;
    const { relevance } = this.#pipeline;
    const urgent = tasks.filter((task) => few.some((path) => relevance?.touches(task, path)));
    this.#urgent = new Set(urgent.map(({ id }) => id));
  }
}
