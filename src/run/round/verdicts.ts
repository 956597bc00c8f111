import { phase } from "../../host/phases.ts";
import { type Decision, UNCHANGED } from "../../model/decision.ts";
import type { Fingerprint } from "../../model/digest.ts";
import type { Entry } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import type { Result } from "../../model/result.ts";
import type { Verdict } from "../../plan/schedule.ts";
import type { ServiceSpec } from "../../services/process.ts";
import { adoptFresh, restoreTask } from "../attempt/restore.ts";
import { specOf } from "../attempt/service-spec.ts";
import { isLarge } from "../attempt/stage.ts";
import type { TaskRun } from "../attempt/task-run.ts";
import type { RunPins } from "../decide/pins.ts";
import type { Assessment } from "../decide/planner.ts";
import type { KnownFresh } from "../decide/quick.ts";
import type { Session } from "../session/session.ts";
import type { Deferrals } from "./deferrals.ts";
import { DryRun } from "./dry-run.ts";
import type { Outcomes } from "./outcomes.ts";

/** A task that waits for its turn. `restore`: to be restored once there is room for its outputs, and their copies. */
export interface Queued {
  readonly taskRun: TaskRun;
  readonly restore?: boolean;
}

/** Carries out decisions that take no time, and queues the others. */
export class Verdicts {
  readonly dry: DryRun;
  /** Task → what is done when its turn comes. */
  readonly queued = new Map<string, Queued>();
  readonly #session: Session;
  readonly #pins: RunPins;
  readonly #outcomes: Outcomes;
  readonly #deferrals: Deferrals;

  constructor(session: Session, pins: RunPins, { outcomes, deferrals }: { outcomes: Outcomes; deferrals: Deferrals }) {
    this.#session = session;
    this.#pins = pins;
    this.#outcomes = outcomes;
    this.#deferrals = deferrals;
    this.dry = new DryRun(session, pins, outcomes);
  }

  /** A service is started by the attempts that need it; here it is declared as it is now. */
  declare(service: Task, identified: Result<Fingerprint>): "ended" {
    const { services, asked, stop } = this.#session;
    if (!identified.ok) return this.#outcomes.break(service, identified.diagnostics);
    this.#pins.setFingerprint(service.id, identified.value, []);
    this.dry.declare(service);
    if (stop.signal.aborted) return this.#outcomes.end(service, "good");
    const spec = (): Result<ServiceSpec> => specOf(this.#session, this.#pins, service);
    const problems = services?.declare(service, identified.value, spec, asked.has(service.id)) ?? [];
    return problems.length > 0 ? this.#outcomes.break(service, problems) : this.#outcomes.end(service, "good");
  }

  /** Ends a task that the snapshot shows to be fresh. */
  quickFresh(task: Task, { fingerprint, took, found }: KnownFresh): "ended" {
    this.#pins.setFingerprint(task.id, fingerprint, found);
    this.#emitDecided(task, UNCHANGED);
    this.#outcomes.report(task, "fresh", UNCHANGED.reason, { saved: took });
    return this.#outcomes.end(task, "good");
  }

  /** True for a manual task that would run and was not named. */
  leaves(task: Task, { action }: Decision): boolean {
    return action === "run" && task.rerun === "manual" && !this.#session.named.has(task.id);
  }

  act(task: Task, assessment: Assessment, decision: Decision): Verdict {
    if (this.leaves(task, decision)) return this.#leave(task, assessment);
    if (decision.action === "run" && this.#session.options.resultsOnly === true)
      return this.#outcomes.skip(task, task.rerun === "always" ? decision.reason : { kind: "not-found" });
    this.#emitDecided(task, decision);
    const taskRun: TaskRun = {
      session: this.#session,
      pins: this.#pins,
      task,
      assessment,
      reason: decision.reason,
    };
    if (decision.action === "fresh") return this.#fresh(taskRun);
    if (decision.action === "restore" || decision.action === "defer") return this.#restore(taskRun);
    if (this.#session.options.dry) return this.dry.run(taskRun);
    this.queued.set(task.id, { taskRun });
    return "run";
  }

  /** Puts the outputs of an entry in place. `torn`: a blob is damaged; `blocked`: room has to be made first. */
  restore(taskRun: TaskRun): "ended" | "torn" | "blocked" {
    const { task, assessment, reason } = taskRun;
    for (const { path } of task.outputs) this.#pins.remade(path);
    const restored = phase(
      "store",
      "restore",
      () => restoreTask(taskRun),
      () => task.id,
    );
    if (restored.kind === "refused") return this.#outcomes.break(task, restored.diagnostics);
    if (restored.kind !== "done") return restored.kind;
    const { duration } = assessment.entry as Entry;
    const log = this.#replayed(assessment);
    this.#outcomes.report(task, "restored", reason, { saved: duration, changed: true, log });
    return this.#outcomes.end(task, "good");
  }

  /** Leaves a manual task alone: what stands in the workspace is its result for now. */
  #leave(task: Task, { fingerprint, found }: Assessment): "ended" {
    this.#pins.setFingerprint(task.id, fingerprint, found);
    const there = task.outputs.length > 0 && task.outputs.every(({ path }) => this.#pins.identify(path) !== undefined);
    this.#outcomes.report(task, "skipped", { kind: "manual" });
    return this.#outcomes.end(task, there ? "good" : "bad");
  }

  #fresh(taskRun: TaskRun): "ended" {
    const { task, assessment } = taskRun;
    const isDeferred = taskRun.reason.kind === "deferred";
    const reason = isDeferred ? taskRun.reason : UNCHANGED.reason;
    this.#pins.setFingerprint(task.id, assessment.fingerprint, assessment.found);
    const adopts = !this.#session.options.dry && assessment.entry !== undefined;
    const isConfirmed = adopts && adoptFresh({ ...taskRun, reason });
    if (isDeferred) this.#deferrals.leave(taskRun);
    const details = { saved: assessment.entry?.duration ?? 0, log: this.#replayed(assessment) };
    // A later round finds the same again.
    const isTaken = isDeferred && isConfirmed && !this.#session.tally.has(task.id);
    if (isTaken) this.#outcomes.report(task, "restored", reason, { ...details, changed: true });
    else this.#outcomes.report(task, "fresh", reason, details);
    return this.#outcomes.end(task, "good");
  }

  #restore(taskRun: TaskRun): Verdict {
    const { task, assessment } = taskRun;
    this.#pins.setFingerprint(task.id, assessment.fingerprint, assessment.found);
    if (this.#session.options.dry) return this.dry.restore(taskRun);
    if (!isLarge(assessment.entry as Entry)) {
      const restored = this.restore(taskRun);
      if (restored === "ended") return "ended";
      if (restored === "torn") return this.runTorn(taskRun);
    }
    // Making room and copying large files take time, as an attempt does.
    this.queued.set(task.id, { taskRun, restore: true });
    return "run";
  }

  /** Queues a task to run because its stored result turned out to be damaged. */
  runTorn({ task, assessment }: TaskRun): Verdict {
    const paths = task.outputs.map((output) => output.path);
    return this.act(task, assessment, { action: "run", reason: { kind: "blobs-missing", paths } });
  }

  #replayed({ entry }: Assessment): Buffer | undefined {
    const { options, store } = this.#session;
    return entry?.log === undefined || !options.replay ? undefined : store.blobs.read(entry.log);
  }

  #emitDecided(task: Task, decision: Decision): void {
    this.#session.tally.decided(task.id);
    this.#session.emit({ kind: "task-decided", task: task.id, decision, time: Date.now() });
  }
}
