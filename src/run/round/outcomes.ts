import { readLog } from "../../execute/log-files.ts";
import type { Reason } from "../../model/decision.ts";
import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Fingerprint } from "../../model/digest.ts";
import type { Failure, TaskResult } from "../../model/event.ts";
import type { Task } from "../../model/graph.ts";
import { explain } from "../../model/system-error.ts";
import type { Attempted } from "../attempt/attempts.ts";
import { recordFailure } from "../attempt/record.ts";
import type { TaskRun } from "../attempt/task-run.ts";
import type { RunPins } from "../decide/pins.ts";
import type { UntouchedTasks } from "../decide/untouched-tasks.ts";
import type { Session } from "../session/session.ts";

/**
 * How a task stands within a round. `moved`: its inputs moved while it ran, so that it and all that comes after it wait for
 * the next round.
 */
export type TaskState = "good" | "bad" | "moved";

/** What is reported of a task that ended. Durations in milliseconds. */
interface Details {
  readonly saved?: number;
  readonly changed?: boolean;
  readonly duration?: number;
  readonly log?: Buffer | undefined;
  readonly failure?: Failure;
}

/** How the tasks of one round ended: for the tasks after them, for the reports, and for the next round. */
export class Outcomes {
  /** Paths that moved while tasks ran. */
  readonly moved: string[] = [];
  /** Paths that tasks changed in place, as they declare. */
  readonly mutated: string[] = [];
  /** Inputs of attempts in doubt, which run again in the next round. */
  readonly doubtful: string[] = [];
  /** Outputs that were left in the shared cache and could not be brought: their tasks run in the next round. */
  readonly lost: string[] = [];
  /** True when an attempt or a look-up began: only then had anything the time to move. */
  tookTime = false;
  /** True when an attempt was cancelled, or not begun, because inputs were edited. */
  edited = false;
  /** True when what a task made is to be fanned out anew: the next round has other tasks. */
  expanding = false;
  readonly #session: Session;
  readonly #pins: RunPins;
  readonly #states = new Map<string, TaskState>();

  constructor(session: Session, pins: RunPins) {
    this.#session = session;
    this.#pins = pins;
  }

  /** Undefined: it has not ended, or is no part of the run. */
  state(task: string): TaskState | undefined {
    return this.#states.get(task) ?? (this.#pins.untouched.has(task) ? "good" : undefined);
  }

  end(task: Pick<Task, "id">, state: TaskState): "ended" {
    this.#states.set(task.id, state);
    return "ended";
  }

  /** Leaves a task to the next round. */
  postpone(task: Task): "ended" {
    return this.end(task, "moved");
  }

  /** Leaves a task to the next round, because of edits that its attempt would have to read. */
  unsettle(task: Task, paths: readonly string[]): "ended" {
    this.edited = true;
    this.moved.push(...paths);
    return this.postpone(task);
  }

  /** A task whose earlier result of this run still holds is not reported again. */
  report(task: Pick<Task, "id">, result: TaskResult, reason: Reason, { log, failure, ...details }: Details = {}): void {
    const { saved = 0, changed = false, duration = 0 } = details;
    const isIdle = result === "skipped" || failure?.attempts === 0;
    const said = isIdle ? JSON.stringify([result, reason, failure?.diagnostics]) : undefined;
    if (!this.#session.tally.note(task.id, result, details.saved ?? duration, said)) return;
    this.#session.emit({
      kind: "task-ended",
      task: task.id,
      result,
      reason,
      changed,
      duration,
      saved,
      // Most tasks of a run have neither: thousands are fresh.
      ...(log === undefined && failure === undefined ? undefined : defined({ output: log, failure })),
      time: Date.now(),
    });
  }

  /** Reports the tasks that nothing has reached, all at once: none of them is looked at by itself. */
  reportUntouched(untouched: UntouchedTasks): void {
    const tasks = this.#session.tally.noteUntouched(untouched);
    if (tasks.length === 0) return;
    const saved = tasks.map((id) => untouched.took(id));
    this.#session.emit({ kind: "tasks-untouched", tasks, saved, time: Date.now() });
  }

  skip(task: Task, reason: Reason): "ended" {
    this.report(task, "skipped", reason);
    return this.end(task, "bad");
  }

  /** Skips a task because one that it depends on did not end well. */
  skipAfter(task: Task, dependency: string): "ended" {
    const result = this.#session.tally.result(dependency);
    if (result === "cancelled") return this.skip(task, { kind: "cancelled" });
    return this.skip(task, { kind: result === "failed" ? "upstream-failed" : "upstream-skipped", task: dependency });
  }

  /** A task cannot even start: an input or a tool is missing, or its place is taken; or an `each` cannot be expanded. */
  break(
    task: Pick<Task, "id" | "location" | "cwd">,
    diagnostics: readonly Diagnostic[],
    reason: Reason = { kind: "unstartable" },
  ): "ended" {
    const failure: Failure = {
      location: task.location,
      command: "",
      cwd: task.cwd,
      outcome: "failed",
      exit: undefined,
      signal: undefined,
      attempts: 0,
      diagnostics,
    };
    this.report(task, "failed", reason, { failure });
    this.#stopUnlessKeepGoing();
    return this.end(task, "bad");
  }

  breakBy(task: Task, error: unknown): "ended" {
    return this.break(task, problemsOfTask(error));
  }

  /**
   * An attempt did not end well.
   * @param lost What it needed and that ended meanwhile: it may have failed because of that, and may be tried again.
   */
  fail(taskRun: TaskRun, attempted: Attempted, lost: readonly Diagnostic[] = []): void {
    const { task, assessment, reason } = taskRun;
    recordFailure(taskRun, attempted);
    const cancelled = attempted.outcome === "cancelled";
    if (!cancelled && lost.length === 0) this.#remember(task, assessment.fingerprint, attempted);
    const { command, outcome, exit, signal, attempts, duration } = attempted;
    const diagnostics = [...attempted.diagnostics, ...lost];
    const { location, cwd } = task;
    const failure: Failure = { location, command, cwd, outcome, exit, signal, attempts, diagnostics };
    const log = logOf(attempted);
    this.report(task, cancelled ? "cancelled" : "failed", reason, {
      duration,
      log,
      ...(cancelled ? {} : { failure }),
    });
    this.end(task, "bad");
    if (!cancelled) this.#stopUnlessKeepGoing();
  }

  /** From here on, the task is not tried again with the same inputs; after a disturbed attempt, once more. */
  #remember({ id }: Task, fingerprint: Fingerprint, { isDisturbed, diagnostics }: Attempted): void {
    // The manifest was edited since it was loaded: the next run loads it anew.
    if (diagnostics.some(({ code }) => code === "INC4339")) return;
    const { failed, disturbed } = this.#session;
    const isFirst = isDisturbed === true && disturbed.get(id) !== fingerprint;
    (isFirst ? disturbed : failed).set(id, fingerprint);
  }

  /** An earlier run under watch may have tried a task with the very same inputs. */
  failedBefore(task: Task): "ended" {
    if (!this.#session.tally.has(task.id)) this.report(task, "failed", { kind: "failed-before" });
    return this.end(task, "bad");
  }

  #stopUnlessKeepGoing(): void {
    if (!this.#session.options.keepGoing && !this.#session.options.dry) this.#session.stop.abort();
  }
}

/** What was thrown breaks the task; a failure of the store and a bug of inc break the run. */
export function problemsOfTask(error: unknown): readonly Diagnostic[] {
  const diagnostics = explain(error);
  if (diagnostics === undefined || diagnostics.some(({ code }) => code.startsWith("INC3"))) throw error;
  return diagnostics;
}

/** What an attempt printed; undefined when it printed nothing. */
export function logOf({ log, logSize }: Attempted): Buffer | undefined {
  return logSize === 0 ? undefined : readLog(log);
}
