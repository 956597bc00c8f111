import type { Attempt, AttemptResult } from "../../execute/executor.ts";
import { Batch } from "../../execute/worker/batch.ts";
import { Unread } from "../../files/read-ahead.ts";
import { dependencies } from "../../graph/dependencies.ts";
import { worksInPlace } from "../../graph/mutations.ts";
import { phase, phaseOfParts } from "../../host/phases.ts";
import type { Fingerprint } from "../../model/digest.ts";
import type { Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import type { Result } from "../../model/result.ts";
import { priorities } from "../../plan/priority.ts";
import { ReadyQueue } from "../../plan/ready-queue.ts";
import { type Queues, schedule, type Verdict } from "../../plan/schedule.ts";
import type { Slot } from "../../plan/vacated.ts";
import type { Flights } from "../attempt/flights.ts";
import { Deferrable } from "../decide/deferrable.ts";
import type { RunPins } from "../decide/pins.ts";
import { type Assessment, Planner } from "../decide/planner.ts";
import type { KnownFresh } from "../decide/quick.ts";
import { LOOKUP_LIMITS, RunLimits } from "../session/jobs.ts";
import type { Session } from "../session/session.ts";
import { Accepting } from "./accepting.ts";
import { Attempting } from "./attempting.ts";
import { Deferrals } from "./deferrals.ts";
import { Expanding } from "./expanding.ts";
import { Fetching, isLost } from "./fetching.ts";
import { Landing } from "./landing.ts";
import { Outcomes } from "./outcomes.ts";
import { Replan } from "./replan.ts";
import { Verdicts } from "./verdicts.ts";

/** One walk over the tasks against one table of pins. */
export class Round {
  readonly outcomes: Outcomes;
  readonly #session: Session;
  readonly #pins: RunPins;
  readonly #planner: Planner;
  /** Running attempts, those of earlier rounds included. */
  readonly #flights: Flights;
  readonly #replan: Replan;
  readonly #landing: Landing;
  readonly #verdicts: Verdicts;
  readonly #accepting: Accepting;
  readonly #attempting: Attempting;
  readonly #fetching: Fetching;
  readonly #expanding: Expanding;

  constructor(session: Session, pins: RunPins, flights: Flights) {
    this.#session = session;
    this.#pins = pins;
    this.#flights = flights;
    const outcomes = new Outcomes(session, pins);
    const replan = new Replan(session);
    const deferrals = new Deferrals(session, pins, outcomes);
    const deferrable = new Deferrable(session, pins);
    const verdicts = new Verdicts(session, pins, { outcomes, deferrals });
    this.outcomes = outcomes;
    this.#replan = replan;
    this.#expanding = new Expanding(session, outcomes, replan);
    this.#verdicts = verdicts;
    this.#landing = new Landing(session, flights);
    this.#accepting = new Accepting(session, pins);
    this.#attempting = new Attempting(session, pins, { deferrals, flights, outcomes, replan, verdicts });
    this.#fetching = new Fetching(session, pins, { deferrable, deferrals, flights, outcomes, replan });
    this.#planner = new Planner(
      { ...session, pins },
      {
        forced: (task) => isForced(session, task),
        readCache: session.options.cacheRead,
        named: session.named,
        watches: session.options.resident !== undefined,
        defers: (task, entry, changed) => deferrable.defers(task, entry, changed),
        isLost: (fingerprint) => isLost(session, fingerprint),
      },
    );
  }

  async walk(): Promise<void> {
    const { resident } = this.#session.options;
    const tasks = this.#settleUntouched();
    this.#expanding.settled(this.#pins.untouched);
    try {
      await schedule(tasks, this.#queues(tasks), {
        decide: (task) => this.#decideOrBreak(task),
        attempt: (task, mates, ended, slot) => this.#attempt([task, ...mates], ended, slot),
        fetch: (task) => this.#fetching.fetch(task),
        ...(resident === undefined ? {} : { urgent: (task) => resident.isUrgent(task) }),
        land: (task) =>
          this.#orBreak(
            task,
            this.#landing.land(task, (flight) => this.#attempting.endOrCarry(flight)),
          ).then((then) => {
            this.#expanding.ended(task);
            return then;
          }),
        isOver: () => this.#replan.isDue,
        carried: this.#flights.calls,
      });
    } finally {
      this.#expanding.close();
      this.#replan.close();
      await this.#attempting.close();
    }
    this.outcomes.moved.push(...this.#replan.paths);
    if (this.#replan.isEdited) this.outcomes.edited = true;
  }

  async #attempt(tasks: readonly Task[], ended: (task: Task) => void, slot: Slot): Promise<void> {
    const batch = tasks.length > 1 ? new Batch<Attempt, AttemptResult>(tasks) : undefined;
    const attempt = async (task: Task): Promise<void> => {
      await this.#orBreak(task, this.#attempting.begin(task, { batch, slot }));
      this.#expanding.ended(task);
      ended(task);
    };
    const all = await Promise.allSettled(tasks.map(attempt));
    for (const one of all) if (one.status === "rejected") throw one.reason;
  }

  /** Ends the tasks that are fresh by the opening look; returns all others. */
  #settleUntouched(): readonly Task[] {
    const { quick, tasks, stop } = this.#session;
    if (quick === undefined || stop.signal.aborted) return tasks;
    const isDecided = (task: Task): boolean => task.service !== undefined || isDecidedAnew(this.#session, task);
    phase(
      "plan",
      "untouched",
      () => phaseOfParts("files", "pin", () => quick.findUntouched(this.#session, this.#pins, isDecided)),
      () => `${this.#pins.untouched.tasks.length} tasks`,
    );
    this.outcomes.reportUntouched(this.#pins.untouched);
    return this.#pins.untouched.othersOf(tasks);
  }

  #queues(tasks: readonly Task[]): Queues {
    const { graph, store, jobs, options } = this.#session;
    let length: ReadonlyMap<string, number> | undefined;
    const priority = (task: Task): number => {
      length ??= priorities(tasks, (id) => store.duration(graph.manifest, id));
      return length.get(task.id) ?? 0;
    };
    return {
      attempts: new ReadyQueue(new RunLimits(jobs, graph.config, options), priority),
      lookups: new ReadyQueue(LOOKUP_LIMITS, priority),
    };
  }

  async #orBreak<T>(task: Task, work: Promise<T>): Promise<T | "ended"> {
    try {
      return await work;
    } catch (error) {
      return this.outcomes.breakBy(task, error);
    }
  }

  /**
   * An input that cannot be read breaks its task, not the run. A large one is read asynchronously, so that an interrupt is
   * heard meanwhile; then the task is decided from the beginning.
   */
  #decideOrBreak(task: Task): Verdict | Promise<Verdict> {
    try {
      const verdict = phase(
        "plan",
        "decide",
        () => phaseOfParts("files", "pin", () => this.#decide(task)),
        () => task.id,
      );
      if (verdict === "ended") this.#expanding.ended(task);
      return verdict === "run" ? this.#reach(task) : verdict;
    } catch (error) {
      if (!(error instanceof Unread)) return this.outcomes.breakBy(task, error);
      const { workspace, stop } = this.#session;
      // A stopped run still describes services, unless that takes long.
      if (task.service !== undefined && stop.signal.aborted) return this.outcomes.end(task, "good");
      return workspace.index.ahead.digest(error, stop.signal).then(() => this.#decideOrBreak(task));
    }
  }

  /** A task is to run: connects to the machines that are to run it. Rejects when they are not reached. */
  #reach(task: Task): Verdict | Promise<Verdict> {
    const { emit, stop, options } = this.#session;
    if (this.#verdicts.queued.get(task.id)?.restore === true || options.elsewhere?.takes(task) !== true) return "run";
    const isOpen = options.elsewhere.isOpen;
    if (!isOpen) emit({ kind: "connecting", time: Date.now() });
    return options.elsewhere.open(stop.signal).then(
      () => {
        if (!isOpen && !stop.signal.aborted) emit({ kind: "connected", time: Date.now() });
        return "run";
      },
      (error: unknown) => {
        // Without them the rest of the run would fail one by one.
        stop.abort();
        throw error;
      },
    );
  }

  #decide(task: Task): Verdict {
    if (this.#replan.isDue) return this.outcomes.postpone(task);
    const early = this.#decideByPredecessors(task);
    if (early !== undefined) return early;
    if (task.service !== undefined) return this.#verdicts.declare(task, this.#identifyService(task));
    const { stop, workspace } = this.#session;
    // What another task has written there since the opening look has to be seen before it is replaced.
    for (const { path } of task.outputs) workspace.index.vouched.forget(path);
    const { ahead } = workspace.index;
    const flight = this.#flights.of(task);
    if (flight !== undefined) {
      const identified = ahead.restartable(() => this.#planner.identify(task));
      return this.#landing.joinOrGround(flight, identified);
    }
    if (stop.signal.aborted) return this.outcomes.skip(task, { kind: "cancelled" });
    const quick = ahead.restartable(() => this.#quick(task));
    if (quick !== undefined) return this.#verdicts.quickFresh(task, quick);
    const assessed = ahead.restartable(() => this.#planner.assess(task));
    if (assessed.ok) return this.#decideAssessed(task, assessed.value);
    return this.#verdicts.dry.unassessed(task, assessed.diagnostics) ?? this.outcomes.break(task, assessed.diagnostics);
  }

  /** Undefined: all that comes before the task has ended well. */
  #decideByPredecessors(task: Task): Verdict | undefined {
    const { outcomes } = this;
    for (const id of dependencies(task)) {
      const state = outcomes.state(id);
      const flight = state === "bad" ? this.#flights.of(task) : undefined;
      if (flight !== undefined) return this.#landing.ground(task, [flight]);
      if (state === "bad") return outcomes.skipAfter(task, id);
      if (state === "moved") return outcomes.postpone(task);
    }
    if (task.orderedAfter?.some((id) => outcomes.state(id) === "moved") === true) return outcomes.postpone(task);
    return this.#expanding.before(task) ?? this.#verdicts.dry.ofUnknownUnits(task);
  }

  #decideAssessed(task: Task, assessment: Assessment): Verdict {
    const { failed, options, tasks, workspace } = this.#session;
    const { decision, description, fingerprint } = assessment;
    options.onAssessed?.(task.id, {
      description,
      fingerprint,
      differencesFrom: (before, load) => this.#planner.differences(before, description, load),
    });
    if (workspace.index.ahead.restartable(() => this.#doneBefore(task, assessment)))
      return this.outcomes.end(task, "good");
    if (failed.get(task.id) === fingerprint) return this.outcomes.failedBefore(task);
    if (this.#accepting.takes(task, assessment)) return this.#decide(task);
    const writes = decision.action !== "fresh" && !this.#verdicts.leaves(task, decision);
    const before = writes ? this.#fetching.before(task, assessment) : undefined;
    if (before !== undefined) return before;
    // No task may write what a running attempt reads.
    const readers = writes ? this.#flights.after(task, tasks) : [];
    return readers.length > 0 ? this.#landing.ground(task, readers) : this.#verdicts.act(task, assessment, decision);
  }

  #identifyService(service: Task): Result<Fingerprint> {
    const { quick, workspace } = this.#session;
    return workspace.index.ahead.restartable(() => {
      const known = quick?.fresh(service, this.#pins);
      return known === undefined ? this.#planner.identify(service) : { ok: true, value: known.fingerprint };
    });
  }

  #quick(task: Task): KnownFresh | undefined {
    return isDecidedAnew(this.#session, task) ? undefined : this.#session.quick?.fresh(task, this.#pins);
  }

  /** True when nothing changed since the task ran in an earlier round of this run. */
  #doneBefore(task: Task, { fingerprint, found }: Assessment): boolean {
    const { done: all, artifacts, inPlace } = this.#session;
    const done = all.get(task.id);
    if (done === undefined) return false;
    // A task that works in place changes its own inputs, so that its fingerprint says nothing.
    if (worksInPlace(task) ? !inPlace.holds(task, this.#pins) : done.fingerprint !== fingerprint) return false;
    if (done.outputs.some(({ path, identity }) => !sameIdentity(artifacts.identify(path), identity))) return false;
    this.#pins.setFingerprint(task.id, done.fingerprint, found);
    return true;
  }
}

/** True for a task that what the snapshot knows does not decide, whatever has changed. */
function isDecidedAnew(session: Session, task: Task): boolean {
  const { options, named } = session;
  if (isForced(session, task) || !options.cacheRead || options.replay || task.rerun === "always") return true;
  if (options.onAssessed !== undefined) return true;
  // A named manual task is decided by its latest record, which the snapshot does not hold.
  return task.rerun === "manual" && named.has(task.id);
}

function isForced({ options, named }: Session, task: Task): boolean {
  return options.force && (named.size === 0 || named.has(task.id));
}
