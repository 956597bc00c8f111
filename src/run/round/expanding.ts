import type { Task } from "../../model/graph.ts";
import { Expansions } from "../decide/expansions.ts";
import type { UntouchedTasks } from "../decide/untouched-tasks.ts";
import type { Session } from "../session/session.ts";
import type { Outcomes } from "./outcomes.ts";
import type { Replan } from "./replan.ts";

/** How long tasks that make more to fan out over are awaited, in milliseconds. */
const LONGEST_WAIT = 1000;

/**
 * Holds back what is not known before a task has made what an `each` fans out over: its units, and what reads them. As soon as
 * the task has made something else than the graph was expanded from, the round ends, and the next one has the new units;
 * running attempts go on meanwhile. Where hundreds of tasks make something to fan out over, each round awaits some of them: as
 * long as it has lasted, so that evaluating and deciding takes no more than half of the time.
 */
export class Expanding {
  readonly #session: Session;
  readonly #outcomes: Outcomes;
  readonly #replan: Replan;
  readonly #expansions: Expansions;
  /** Tasks that make something to fan out over and have not ended. */
  readonly #open: Set<string>;
  readonly #began = performance.now();
  #waiting: NodeJS.Timeout | undefined;
  readonly #failed = new Set<string>();
  /** Problems that were reported, each with the task that made what is fanned out, as JSON. */
  readonly #reported = new Set<string>();

  constructor(session: Session, outcomes: Outcomes, replan: Replan) {
    this.#session = session;
    this.#outcomes = outcomes;
    this.#replan = replan;
    this.#expansions = new Expansions(session.workspace, session.graph);
    const makers = new Set(session.graph.expansions?.map(({ task }) => task));
    this.#open = new Set(makers.size < 2 ? [] : session.tasks.flatMap(({ id }) => (makers.has(id) ? [id] : [])));
  }

  /** Undefined: it is known what the task is. All that comes before it has ended well. */
  before(task: Task): "ended" | undefined {
    for (const { group } of task.expandedFrom ?? []) {
      if (!this.#holds(group)) return this.#outcomes.postpone(task);
      if (this.#failed.has(group)) return this.#outcomes.skip(task, { kind: "upstream-failed", task: group });
    }
    return undefined;
  }

  /** A task has ended: nothing may wait for what it made. */
  ended({ id }: Pick<Task, "id">): void {
    this.#open.delete(id);
    if (this.#outcomes.state(id) === "good") for (const { group } of this.#expansions.of(id)) this.#holds(group);
    if (this.#waiting !== undefined && this.#open.size === 0) this.#replan.expand();
  }

  /** False: the graph has to be expanded again. */
  #holds(group: string): boolean {
    const state = this.#expansions.state(group);
    // What would be made is not there.
    if (
      this.#session.options.dry &&
      (state === "outdated" || !this.#session.tally.succeeded(this.#expansions.get(group).task))
    )
      return true;
    if (state === "outdated") {
      this.#outcomes.expanding = true;
      this.#expandSoon();
      return false;
    }
    if (state === "broken") this.#fail(group);
    return true;
  }

  #expandSoon(): void {
    if (this.#open.size === 0) this.#replan.expand();
    const wait = Math.min(performance.now() - this.#began, LONGEST_WAIT);
    this.#waiting ??= setTimeout(() => this.#replan.expand(), wait);
  }

  /** The same of tasks that had ended when the round began. */
  settled(untouched: UntouchedTasks): void {
    for (const { task } of this.#session.graph.expansions ?? []) if (untouched.has(task)) this.ended({ id: task });
  }

  /** The round has ended. */
  close(): void {
    clearTimeout(this.#waiting);
  }

  #fail(group: string): void {
    if (this.#failed.has(group)) return;
    this.#failed.add(group);
    const { task, problems = [], location } = this.#expansions.get(group);
    // An `each` over the units of another one has the problems of that one, which are reported once.
    const named = problems.map((problem) => JSON.stringify([task, problem]));
    const isKnown = named.every((name) => this.#reported.has(name));
    for (const name of named) this.#reported.add(name);
    if (isKnown) return;
    this.#outcomes.break({ id: group, location, cwd: "." }, problems, { kind: "unexpandable" });
  }
}
