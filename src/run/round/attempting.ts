import { readersFor } from "../../graph/dependencies.ts";
import { phase } from "../../host/phases.ts";
import { type Diagnostic, DiagnosticError } from "../../model/diagnostic.ts";
import type { Entry } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import type { Verdict } from "../../plan/schedule.ts";
import type { Attempted, Turn } from "../attempt/attempts.ts";
import { type Conclusion, conclude } from "../attempt/conclude.ts";
import { discardAttempt, discardOutputs } from "../attempt/discard.ts";
import { preserveEdits } from "../attempt/edits.ts";
import { Flight } from "../attempt/flight.ts";
import type { Flights } from "../attempt/flights.ts";
import { touchedWhileItRan } from "../attempt/inputs-look.ts";
import { clearObstacles } from "../attempt/obstacles.ts";
import { recordFailure } from "../attempt/record.ts";
import type { TaskRun } from "../attempt/task-run.ts";
import type { RunPins } from "../decide/pins.ts";
import { Cancellation } from "../session/cancellation.ts";
import type { Session } from "../session/session.ts";
import type { Deferrals } from "./deferrals.ts";
import { logOf, type Outcomes, problemsOfTask } from "./outcomes.ts";
import type { Replan } from "./replan.ts";
import { StageAhead } from "./stage-ahead.ts";
import type { Queued, Verdicts } from "./verdicts.ts";

interface Parts {
  readonly deferrals: Deferrals;
  readonly flights: Flights;
  readonly outcomes: Outcomes;
  readonly replan: Replan;
  readonly verdicts: Verdicts;
}

/** Attempts of one round, from their turn to their end. */
export class Attempting {
  readonly #session: Session;
  readonly #pins: RunPins;
  readonly #flights: Flights;
  readonly #outcomes: Outcomes;
  readonly #replan: Replan;
  readonly #verdicts: Verdicts;
  readonly #deferrals: Deferrals;
  readonly #stageAhead: StageAhead;

  constructor(session: Session, pins: RunPins, { deferrals, flights, outcomes, replan, verdicts }: Parts) {
    this.#session = session;
    this.#pins = pins;
    this.#flights = flights;
    this.#outcomes = outcomes;
    this.#replan = replan;
    this.#verdicts = verdicts;
    this.#deferrals = deferrals;
    this.#stageAhead = new StageAhead(session);
  }

  /** The walk is over. */
  close(): Promise<void> {
    return this.#stageAhead.close();
  }

  /** A task's turn has come. */
  async begin(task: Task, turn: Turn): Promise<void> {
    try {
      await this.#begin(task, turn);
    } finally {
      turn.batch?.leave(task);
      // Descriptions are large, and a run may have many thousands.
      this.#verdicts.queued.delete(task.id);
    }
  }

  async #begin(task: Task, turn: Turn): Promise<void> {
    const { restore } = this.#verdicts.queued.get(task.id) as Queued;
    if (this.#session.stop.signal.aborted) {
      this.#outcomes.skip(task, { kind: "cancelled" });
      return;
    }
    await clearObstacles(this.#session, task);
    if (restore === true && !(await this.#stage(task))) {
      this.#outcomes.skip(task, { kind: "cancelled" });
      return;
    }
    if (this.#replan.isDue) {
      this.#outcomes.postpone(task);
      return;
    }
    if (restore === true && this.#restore(task) === "ended") return;
    if (!(await this.#hasInputs(task))) return;
    const refused = preserveEdits(this.#session, task);
    if (refused.length > 0) this.#outcomes.break(task, refused);
    else await this.#run((this.#verdicts.queued.get(task.id) as Queued).taskRun, turn);
  }

  /** Concludes an attempt once it has ended; if the run is planned anew first, a later round concludes it. */
  async endOrCarry(flight: Flight): Promise<void> {
    const { start, cancellation } = flight;
    this.#outcomes.tookTime = true;
    if (!(await this.#replan.isEnded(flight))) {
      this.#outcomes.postpone(start.task);
      return;
    }
    try {
      const attempted = await flight.ended;
      const taskRun = { ...start, pins: this.#pins };
      if (attempted.outcome === "ok") this.#succeed(taskRun, flight, attempted);
      else if (cancellation.isCancelled && !this.#session.stop.signal.aborted) {
        // The inputs that it read no longer exist in that state.
        recordFailure(taskRun, attempted);
        this.#outcomes.unsettle(start.task, cancellation.paths);
      } else this.#outcomes.fail(taskRun, this.#withDisturbance(flight, attempted), flight.lost?.());
    } finally {
      this.#flights.remove(flight);
    }
  }

  /** A failed attempt, with `isDisturbed`: whether its inputs were changed while it ran, even if only for a moment. */
  #withDisturbance(flight: Flight, attempted: Attempted): Attempted {
    if (attempted.outcome === "cancelled" || attempted.isDisturbed === true) return attempted;
    try {
      const { moved, touched } = flight.look(this.#pins, attempted.tick);
      return { ...attempted, isDisturbed: moved.length + touched.length > 0 };
    } catch (error) {
      // An input can be read no longer: the next round says why.
      if (!(error instanceof DiagnosticError)) throw error;
      return { ...attempted, isDisturbed: true };
    }
  }

  /**
   * A task that was to be restored runs if its stored result turns out to be damaged; then what it needs is brought only now.
   * False: that is lost, or the run was stopped.
   */
  async #hasInputs(task: Task): Promise<boolean> {
    if (!this.#deferrals.isNeeding(task)) return true;
    this.#outcomes.tookTime = true;
    await this.#deferrals.bring(task);
    if (!this.#deferrals.isNeeding(task)) return true;
    if (this.#session.stop.signal.aborted) this.#outcomes.skip(task, { kind: "cancelled" });
    else this.#outcomes.postpone(task);
    return false;
  }

  /** False: the run was stopped. */
  #stage(task: Task): Promise<boolean> {
    const { assessment } = (this.#verdicts.queued.get(task.id) as Queued).taskRun;
    this.#outcomes.tookTime = true;
    return phase(
      "store",
      "stage",
      () => this.#stageAhead.stage(task, assessment.entry as Entry),
      () => task.id,
    );
  }

  /** `run`: the task is queued to run instead. */
  #restore(task: Task): Verdict {
    const { taskRun } = this.#verdicts.queued.get(task.id) as Queued;
    const restored = this.#verdicts.restore(taskRun);
    if (restored === "ended") return "ended";
    return restored === "torn" ? this.#verdicts.runTorn(taskRun) : "run";
  }

  async #run(taskRun: TaskRun, turn: Turn): Promise<void> {
    const { task } = taskRun;
    const { options, stop, objects, store, graph } = this.#session;
    this.#outcomes.tookTime = true;
    const isReplaced = objects.replacement(store, readersFor(graph.tasks, task));
    // Watch would cancel an attempt that begins with a version that was replaced meanwhile.
    if (options.resident?.cancels === true && isReplaced()) {
      this.#outcomes.unsettle(task, []);
      return;
    }
    const cancellation = new Cancellation();
    options.resident?.attempts.set(task.id, { cancellation, isReplaced });
    const mayBeCancelled = options.resident !== undefined || graph.expansions !== undefined;
    const signal = mayBeCancelled ? AbortSignal.any([stop.signal, cancellation.signal]) : stop.signal;
    try {
      if (!(await this.#isServed(task, cancellation, signal))) return;
      const flight = new Flight(taskRun, { cancellation, signal, ...turn });
      this.#flights.add(flight);
      await this.endOrCarry(flight);
    } finally {
      if (!this.#flights.has(task.id)) options.resident?.attempts.delete(task.id);
    }
  }

  /** Awaits the services that a task needs. False: it cannot begin, and its outcome is known. */
  async #isServed(task: Task, cancellation: Cancellation, signal: AbortSignal): Promise<boolean> {
    const problems = (await this.#session.services?.ensure(task, signal)) ?? [];
    if (!signal.aborted && problems.length === 0) return true;
    if (this.#session.stop.signal.aborted) this.#outcomes.skip(task, { kind: "cancelled" });
    else if (cancellation.isCancelled) this.#outcomes.unsettle(task, cancellation.paths);
    else this.#outcomes.break(task, problems);
    return false;
  }

  #succeed(taskRun: TaskRun, flight: Flight, attempted: Attempted): void {
    const { task } = taskRun;
    const { updated } = this.#session;
    const conclusion = this.#conclude(taskRun, flight, attempted);
    if (conclusion.kind === "done") this.#done(taskRun, attempted, conclusion);
    else if (conclusion.kind === "failed") this.#fail(taskRun, attempted, conclusion.diagnostics);
    else if (conclusion.kind === "updated" && updated.has(task.id))
      this.#fail(taskRun, attempted, [neverTheSame(task, conclusion.paths)]);
    else {
      if (conclusion.kind === "updated") updated.add(task.id);
      this.#outcomes[conclusion.kind === "doubtful" ? "doubtful" : "moved"].push(...conclusion.paths);
      discardAttempt(this.#session, task, attempted.id);
      this.#outcomes.postpone(task);
    }
  }

  /** Outputs that cannot be read or stored are removed, so that they do not count as an edit later. */
  #conclude(taskRun: TaskRun, flight: Flight, attempted: Attempted): Conclusion {
    const { task } = taskRun;
    try {
      return phase(
        "store",
        "store",
        () => conclude(taskRun, flight, attempted),
        () => task.id,
      );
    } catch (error) {
      discardOutputs(this.#session, task);
      return { kind: "failed", diagnostics: problemsOfTask(error) };
    }
  }

  #done(
    { task, reason, pins }: TaskRun,
    attempted: Attempted,
    conclusion: Conclusion & { readonly kind: "done" },
  ): void {
    const { changed, mutated, nondeterministic, touched } = conclusion;
    const { duration } = attempted;
    if (touched.length > 0) this.#warn(touchedWhileItRan(task, conclusion));
    if (nondeterministic.length > 0 && task.rerun !== "always") this.#warn(otherResult(task, nondeterministic));
    this.#outcomes.report(task, "ran", reason, { changed, duration, log: logOf(attempted) });
    this.#session.failed.delete(task.id);
    this.#session.inPlace.ended(task, pins, mutated);
    this.#outcomes.mutated.push(...mutated);
    this.#outcomes.end(task, mutated.length > 0 ? "moved" : "good");
  }

  #fail(taskRun: TaskRun, attempted: Attempted, diagnostics: readonly Diagnostic[]): void {
    this.#outcomes.fail(taskRun, { ...attempted, outcome: "failed", diagnostics });
  }

  #warn(diagnostic: Diagnostic): void {
    this.#session.emit({ kind: "diagnostic", diagnostic });
  }
}

function otherResult(task: Task, paths: readonly string[]): Diagnostic {
  return {
    code: "INC4205",
    severity: "warning",
    message: `task "${task.id}" made other outputs from the same inputs: ${paths.join(", ")}`,
    location: task.location,
    help: ["make the command deterministic: no times, no random numbers, no unsorted listings"],
  };
}

function neverTheSame(task: Task, paths: readonly string[]): Diagnostic {
  return {
    code: "INC4220",
    severity: "error",
    message: `task "${task.id}" changed "${paths[0]}" again in its second run`,
    location: task.location,
    notes: [
      {
        message:
          "a task that updates its inputs and makes outputs runs again on the updated inputs, and must leave them unchanged",
      },
    ],
    help: ["make its second run change nothing, or split it into two tasks"],
  };
}
