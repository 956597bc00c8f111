import { readLog } from "../execute/log-files.ts";
import { Unread } from "../files/read-ahead.ts";
import { dependencies } from "../graph/dependencies.ts";
import { worksInPlace } from "../graph/mutations.ts";
import { readsOf } from "../graph/reads.ts";
import { phase } from "../host/phases.ts";
import type { Decision, Reason } from "../model/decision.ts";
import { defined } from "../model/defined.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import type { Entry } from "../model/entry.ts";
import type { Failure, TaskResult } from "../model/event.ts";
import type { Task } from "../model/graph.ts";
import { type Identity, sameIdentity } from "../model/identity.ts";
import type { Result } from "../model/result.ts";
import { explain } from "../model/system-error.ts";
import { priorities } from "../plan/priority.ts";
import { ReadyQueue } from "../plan/ready-queue.ts";
import { type Decided, schedule } from "../plan/schedule.ts";
import type { ServiceSpec } from "../services/process.ts";
import type { FreshTask } from "../workspace/snapshot.ts";
import type { Attempted } from "./attempt/attempts.ts";
import { type Conclusion, conclude } from "./attempt/conclude.ts";
import { discardAttempt, discardOutputs } from "./attempt/discard.ts";
import { foretellEdits, keepEdits } from "./attempt/edits.ts";
import { Flight } from "./attempt/flight.ts";
import type { Flights } from "./attempt/flights.ts";
import { touchedWhileItRan } from "./attempt/inputs-look.ts";
import { recordFailure } from "./attempt/record.ts";
import { adoptFresh, differingOutputs, restoreTask } from "./attempt/restore.ts";
import { makeRoom, wouldRefuse } from "./attempt/room.ts";
import { specOf } from "./attempt/service-spec.ts";
import type { TaskRun } from "./attempt/task-run.ts";
import type { RunPins } from "./decide/pins.ts";
import { type Assessment, Planner } from "./decide/planner.ts";
import { poolCapacity } from "./jobs.ts";
import { Landing } from "./landing.ts";
import { Replan } from "./replan.ts";
import { Cancellation } from "./session/cancellation.ts";
import type { Session } from "./session/session.ts";

/**
 * How a task stands within a round. `moved`: its inputs moved while it ran, so that it and all behind it wait for the
 * next round.
 */
type State = "good" | "bad" | "moved";

/** Stands for what nobody has made yet: the digest of no bytes at all. */
const UNKNOWN: Identity = { type: "file", digest: "0".repeat(64) as Digest, executable: true };

const FRESH = { action: "fresh", reason: { kind: "unchanged" } } as const;

/** What waits for its turn. `restore`: only until there is room for what the store has. */
interface Queued {
  readonly taskRun: TaskRun;
  readonly restore?: boolean;
}

/** One walk over the tasks against one table of pins. */
export class Round {
  readonly #session: Session;
  readonly #pins: RunPins;
  readonly #planner: Planner;
  /** Attempts that go on, those of earlier rounds too. */
  readonly #flights: Flights;
  readonly #states = new Map<string, State>();
  readonly #queued = new Map<string, Queued>();
  /** With --dry: tasks whose results are not known, for they would run. */
  readonly #unknown = new Set<string>();
  readonly moved: string[] = [];
  /** Inputs of attempts in doubt, which run again in the next round. */
  readonly doubtful: string[] = [];
  /** True when an attempt began: only then can anything have moved under it. */
  attempted = false;
  /** True when an attempt was cancelled, or not begun, because inputs were edited. */
  edited = false;
  readonly #replan: Replan;
  readonly #landing: Landing;

  constructor(session: Session, pins: RunPins, flights: Flights) {
    this.#session = session;
    this.#flights = flights;
    this.#pins = pins;
    const { options, named, graph, store, artifacts } = session;
    this.#replan = new Replan(session);
    this.#landing = new Landing(session, flights);
    this.#planner = new Planner(
      { graph, pins, store, artifacts },
      {
        forced: (task) => options.force && (named.size === 0 || named.has(task.id)),
        readCache: options.cacheRead,
        named,
        watches: options.resident !== undefined,
      },
    );
  }

  async walk(): Promise<void> {
    const { graph, store, tasks, jobs, options } = this.#session;
    const { resident } = options;
    let length: ReadonlyMap<string, number> | undefined;
    const priority = (task: Task): number => {
      length ??= priorities(tasks, (id) => store.duration(graph.manifest, id));
      return length.get(task.id) ?? 0;
    };
    const queue = new ReadyQueue(jobs, poolCapacity(jobs, graph.config), priority);
    try {
      await schedule(tasks, queue, {
        decide: (task) => this.#decideOrBreak(task),
        attempt: (task) => this.#attemptOrBreak(task),
        ...(resident === undefined ? {} : { urgent: (task) => resident.isUrgent(task) }),
        land: (task) => this.#landOrBreak(task),
        carried: this.#flights.all.map(({ start, ended }) => ({ task: start.task, ended })),
      });
    } finally {
      this.#replan.close();
    }
    this.moved.push(...this.#replan.paths);
    if (this.#replan.isDue) this.edited = true;
  }

  /**
   * What cannot be read breaks the task that reads it, not the run. What takes long to read is awaited, so that an interrupt
   * is heard meanwhile, and the task is decided from the beginning.
   */
  #decideOrBreak(task: Task): Decided | Promise<Decided> {
    try {
      return phase(
        "plan",
        "decide",
        () => this.#decide(task),
        () => task.id,
      );
    } catch (error) {
      if (!(error instanceof Unread)) return this.#brokenBy(task, error);
      const { workspace, stop } = this.#session;
      // A service is described even in a run that was stopped, but not if that takes long.
      if (task.service !== undefined && stop.signal.aborted) return this.#end(task, "good");
      return workspace.index.ahead.digest(error, stop.signal).then(() => this.#decideOrBreak(task));
    }
  }

  #brokenBy(task: Task, error: unknown): "ended" {
    return this.#broken(task, problemsOfTask(error));
  }

  #decide(task: Task): Decided {
    if (this.#replan.isDue) return this.#postpone(task);
    const flight = this.#flights.of(task);
    for (const id of dependencies(task)) {
      const state = this.#states.get(id);
      if (state === "bad" && flight !== undefined) return this.#landing.ground(task, [flight]);
      if (state === "bad") return this.#skip(task, this.#whySkipped(id));
      if (state === "moved") return this.#postpone(task);
    }
    if (task.orderedAfter?.some((id) => this.#states.get(id) === "moved") === true) return this.#postpone(task);
    if (task.service !== undefined) return this.#declare(task);
    const { ahead } = this.#session.workspace.index;
    if (flight !== undefined)
      return this.#landing.joinOrGround(
        flight,
        ahead.restartable(() => this.#planner.identify(task)),
      );
    if (this.#session.stop.signal.aborted) return this.#skip(task, { kind: "cancelled" });
    const quick = ahead.restartable(() => this.#quick(task));
    if (quick !== undefined) return this.#quickFresh(task, quick);
    const assessment = ahead.restartable(() => this.#planner.assess(task));
    if (!assessment.ok) return this.#unseen(task, assessment.diagnostics) ?? this.#broken(task, assessment.diagnostics);
    if (ahead.restartable(() => this.#doneBefore(task, assessment.value))) return this.#end(task, "good");
    if (this.#session.failed.get(task.id) === assessment.value.fingerprint) return this.#failedBefore(task);
    return this.#act(task, assessment.value, assessment.value.decision);
  }

  /** A service is started by the attempts that need it; here it is seen what it is now. */
  #declare(task: Task): "ended" {
    const { services, asked, options, named, stop, quick, workspace } = this.#session;
    const identified = workspace.index.ahead.restartable(() => {
      const known = quick?.fresh(task, this.#pins);
      return known === undefined ? this.#planner.identify(task) : { ok: true as const, value: known[0] };
    });
    if (!identified.ok) return this.#broken(task, identified.diagnostics);
    this.#pins.setFingerprint(task.id, identified.value);
    if ([...readsOf(task).tasks].some((id) => this.#unknown.has(id))) this.#unknown.add(task.id);
    if (options.dry && named.has(task.id)) this.#tell(task, "would-run", { kind: "service" }, {});
    if (stop.signal.aborted) return this.#end(task, "good");
    const spec = (): Result<ServiceSpec> => specOf(this.#session, this.#pins, task);
    const problems = services?.declare(task, identified.value, spec, asked.has(task.id)) ?? [];
    return problems.length > 0 ? this.#broken(task, problems) : this.#end(task, "good");
  }

  #act(task: Task, assessment: Assessment, decision: Decision): Decided {
    const { options, named, tasks } = this.#session;
    if (decision.action === "run" && task.rerun === "manual" && !named.has(task.id))
      return this.#held(task, assessment);
    // Nothing writes to what an attempt reads.
    const behind = decision.action === "fresh" ? [] : this.#flights.behind(task, tasks);
    if (behind.length > 0) return this.#landing.ground(task, behind);
    this.#session.emit({ kind: "task-decided", task: task.id, decision, time: Date.now() });
    const taskRun: TaskRun = { session: this.#session, pins: this.#pins, task, assessment, reason: decision.reason };
    if (decision.action === "fresh") return this.#fresh(taskRun);
    if (decision.action === "restore") return this.#restore(taskRun);
    if (options.dry) return this.#wouldRun(taskRun);
    this.#queued.set(task.id, { taskRun });
    return "attempt";
  }

  #quick(task: Task): FreshTask | undefined {
    const { quick, options, named } = this.#session;
    const forced = options.force && (named.size === 0 || named.has(task.id));
    if (forced || !options.cacheRead || options.replay || task.rerun === "always") return undefined;
    // A manual task that is named is decided by what it did last, which the snapshot does not say.
    if (task.rerun === "manual" && named.has(task.id)) return undefined;
    return quick?.fresh(task, this.#pins);
  }

  #quickFresh(task: Task, [fingerprint, took, ...found]: FreshTask): "ended" {
    this.#pins.setFingerprint(task.id, fingerprint, found);
    this.#session.emit({ kind: "task-decided", task: task.id, decision: FRESH, time: Date.now() });
    this.#tell(task, "fresh", FRESH.reason, { saved: took });
    return this.#end(task, "good");
  }

  #fresh(taskRun: TaskRun): "ended" {
    const { task, assessment } = taskRun;
    this.#pins.setFingerprint(task.id, assessment.fingerprint, assessment.found);
    if (!this.#session.options.dry && assessment.entry !== undefined)
      adoptFresh({ ...taskRun, reason: { kind: "unchanged" } });
    this.#tell(
      task,
      "fresh",
      { kind: "unchanged" },
      { saved: assessment.entry?.duration ?? 0, log: this.#replayed(assessment) },
    );
    return this.#end(task, "good");
  }

  #restore(taskRun: TaskRun): Decided {
    const { task, assessment, reason } = taskRun;
    const entry = assessment.entry as Entry;
    const saved = entry.duration;
    this.#pins.setFingerprint(task.id, assessment.fingerprint, assessment.found);
    if (this.#session.options.dry) {
      const differing = new Set(differingOutputs(this.#session, entry).map(({ path }) => path));
      const refused = wouldRefuse(this.#session, task, differing);
      if (refused.length > 0) return this.#broken(task, refused);
      foretellEdits(this.#session, task, differing);
      for (const artifact of entry.outputs) this.#pins.assume(artifact.path, artifact.identity);
      this.#tell(task, "would-restore", reason, { saved });
      return this.#end(task, "good");
    }
    const state = this.#restored(taskRun);
    if (state === "ended") return "ended";
    if (state === "torn") return this.#act(task, assessment, { action: "run", reason: tornReason(task) });
    // To make room takes its time, as an attempt does.
    this.#queued.set(task.id, { taskRun, restore: true });
    return "attempt";
  }

  #restored(taskRun: TaskRun): "ended" | "torn" | "blocked" {
    const { task, assessment, reason } = taskRun;
    const entry = assessment.entry as Entry;
    for (const { path } of task.outputs) this.#pins.remade(path);
    const restored = phase(
      "store",
      "restore",
      () => restoreTask(taskRun),
      () => task.id,
    );
    if (restored.kind === "refused") return this.#broken(task, restored.diagnostics);
    if (restored.kind !== "done") return restored.kind;
    this.#tell(task, "restored", reason, { saved: entry.duration, changed: true, log: this.#replayed(assessment) });
    return this.#end(task, "good");
  }

  /** What would run makes results that nobody knows yet: what reads them may run or may be cut off. */
  #wouldRun({ task, assessment, reason }: TaskRun): "ended" {
    const refused = wouldRefuse(this.#session, task);
    if (refused.length > 0) return this.#broken(task, refused);
    this.#pins.setFingerprint(task.id, assessment.fingerprint, assessment.found);
    foretellEdits(this.#session, task);
    return this.#unknownFrom(task, reason);
  }

  /** With --dry: a tool that is not found may be in a directory that a task above would make, as node_modules. */
  #unseen(task: Task, diagnostics: readonly Diagnostic[]): "ended" | undefined {
    const mayCome = [...readsOf(task).tasks].some((id) => this.#unknown.has(id));
    return mayCome && diagnostics.every(({ code }) => code === "INC4202")
      ? this.#unknownFrom(task, { kind: "new" })
      : undefined;
  }

  #unknownFrom(task: Task, reason: Reason): "ended" {
    const above = [...readsOf(task).tasks].find((id) => this.#unknown.has(id));
    this.#unknown.add(task.id);
    for (const output of task.outputs) this.#pins.assume(output.path, UNKNOWN);
    if (above !== undefined) this.#session.tally.doubt(task.id);
    this.#tell(task, "would-run", above === undefined ? reason : { kind: "upstream-stale", task: above }, {});
    return this.#end(task, "good");
  }

  /** A manual task that is not fresh and was not named: what stands in the workspace is its result for now. */
  #held(task: Task, assessment: Assessment): "ended" {
    this.#pins.setFingerprint(task.id, assessment.fingerprint, assessment.found);
    const there = task.outputs.length > 0 && task.outputs.every(({ path }) => this.#pins.identify(path) !== undefined);
    this.#tell(task, "skipped", { kind: "manual" }, {});
    return this.#end(task, there ? "good" : "bad");
  }

  async #attemptOrBreak(task: Task): Promise<void> {
    try {
      await this.#attempt(task);
    } catch (error) {
      this.#brokenBy(task, error);
    }
  }

  async #landOrBreak(task: Task): Promise<"ended" | "again"> {
    try {
      return await this.#landing.land(task, (flight) => this.#endOrCarry(flight));
    } catch (error) {
      return this.#brokenBy(task, error);
    }
  }

  async #attempt(task: Task): Promise<void> {
    const { taskRun, restore } = this.#queued.get(task.id) as Queued;
    if (this.#session.stop.signal.aborted) {
      this.#skip(task, { kind: "cancelled" });
      return;
    }
    await makeRoom(this.#session, task);
    if (this.#replan.isDue) {
      this.#postpone(task);
      return;
    }
    if (restore === true && this.#restored(taskRun) === "ended") return;
    const refused = keepEdits(this.#session, task);
    if (refused.length > 0) {
      this.#broken(task, refused);
      return;
    }
    this.attempted = true;
    if (this.#isOutdated(task)) {
      this.edited = true;
      this.#postpone(task);
      return;
    }
    const cancellation = new Cancellation();
    const { options, stop } = this.#session;
    options.resident?.attempts.set(task.id, cancellation);
    const signal = options.resident === undefined ? stop.signal : AbortSignal.any([stop.signal, cancellation.signal]);
    try {
      if (!(await this.#isServed(task, cancellation, signal))) return;
      const flight = new Flight(taskRun, cancellation, signal);
      this.#flights.add(flight);
      await this.#endOrCarry(flight);
    } finally {
      if (!this.#flights.has(task.id)) options.resident?.attempts.delete(task.id);
    }
  }

  /** Concludes an attempt once it has ended; when all is to be planned anew, that is for a later round. */
  async #endOrCarry(flight: Flight): Promise<void> {
    const { start, cancellation } = flight;
    this.attempted = true;
    if (!(await this.#replan.isEnded(flight))) {
      this.#postpone(start.task);
      return;
    }
    try {
      const attempted = await flight.ended;
      const taskRun = { ...start, pins: this.#pins };
      if (attempted.outcome === "ok") this.#succeeded(taskRun, flight, attempted);
      else if (cancellation.isCancelled && !this.#session.stop.signal.aborted)
        this.#edited(taskRun, attempted, cancellation);
      else this.#failed(taskRun, attempted, flight.lost?.());
    } finally {
      this.#flights.remove(flight);
    }
  }

  /** True when it would begin with a version of an object that was replaced meanwhile: under watch that attempt would be cancelled. */
  #isOutdated(task: Task): boolean {
    const { options, objects, store } = this.#session;
    return options.resident?.cancels === true && objects.isOutdatedFor(store, task);
  }

  /** Awaits the services that a task needs. False: it cannot begin, which has been told. */
  async #isServed(task: Task, cancellation: Cancellation, signal: AbortSignal): Promise<boolean> {
    const problems = (await this.#session.services?.ensure(task, signal)) ?? [];
    if (!signal.aborted && problems.length === 0) return true;
    if (this.#session.stop.signal.aborted) this.#skip(task, { kind: "cancelled" });
    else if (cancellation.isCancelled) this.#unsettle(task, cancellation);
    else this.#broken(task, problems);
    return false;
  }

  /** An output that cannot be read is none; nor is one that cannot be stored, which nobody is to take for an edit later. */
  #conclusion(taskRun: TaskRun, flight: Flight, attempted: Attempted): Conclusion {
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

  #succeeded(taskRun: TaskRun, flight: Flight, attempted: Attempted): void {
    const { task, reason } = taskRun;
    const conclusion = this.#conclusion(taskRun, flight, attempted);
    if (conclusion.kind === "failed") {
      this.#failed(taskRun, { ...attempted, outcome: "failed", diagnostics: conclusion.diagnostics });
      return;
    }
    if (conclusion.kind === "updated" && this.#session.updated.has(task.id)) {
      const diagnostics = [neverTheSame(task, conclusion.paths)];
      this.#failed(taskRun, { ...attempted, outcome: "failed", diagnostics });
      return;
    }
    if (conclusion.kind !== "done") {
      if (conclusion.kind === "updated") this.#session.updated.add(task.id);
      this[conclusion.kind === "doubtful" ? "doubtful" : "moved"].push(...conclusion.paths);
      discardAttempt(this.#session, task, attempted.id);
      this.#postpone(task);
      return;
    }
    if (conclusion.touched.length > 0)
      this.#session.emit({ kind: "diagnostic", diagnostic: touchedWhileItRan(task, conclusion) });
    if (conclusion.nondeterministic.length > 0 && task.rerun !== "always")
      this.#session.emit({ kind: "diagnostic", diagnostic: nondeterministic(task, conclusion.nondeterministic) });
    this.#tell(task, "ran", reason, {
      changed: conclusion.changed,
      duration: attempted.duration,
      log: logOf(attempted),
    });
    this.#session.failed.delete(task.id);
    this.moved.push(...conclusion.mutated);
    this.#end(task, conclusion.mutated.length > 0 ? "moved" : "good");
  }

  /** What it read is no longer there: it begins again in the next round. */
  #edited(taskRun: TaskRun, attempted: Attempted, cancellation: Cancellation): void {
    recordFailure(taskRun, attempted);
    this.#unsettle(taskRun.task, cancellation);
  }

  #unsettle(task: Task, { paths }: Cancellation): void {
    this.edited = true;
    this.moved.push(...paths);
    this.#postpone(task);
  }

  /** Under watch an earlier run may have tried it with the very same inputs. */
  #failedBefore(task: Task): "ended" {
    if (!this.#session.tally.has(task.id)) this.#tell(task, "failed", { kind: "failed-before" }, {});
    return this.#end(task, "bad");
  }

  /** @param lost What it needed and that ended meanwhile: it may have failed because of that, and may be tried again. */
  #failed(taskRun: TaskRun, attempted: Attempted, lost: readonly Diagnostic[] = []): void {
    const { task, assessment, reason } = taskRun;
    recordFailure(taskRun, attempted);
    const cancelled = attempted.outcome === "cancelled";
    if (!cancelled && lost.length === 0) this.#session.failed.set(task.id, assessment.fingerprint);
    const failure: Failure = {
      command: attempted.command,
      cwd: task.cwd,
      outcome: attempted.outcome,
      exit: attempted.exit,
      signal: attempted.signal,
      attempts: attempted.attempts,
      diagnostics: [...attempted.diagnostics, ...lost],
    };
    this.#tell(task, cancelled ? "cancelled" : "failed", reason, {
      duration: attempted.duration,
      log: logOf(attempted),
      ...(cancelled ? {} : { failure }),
    });
    this.#end(task, "bad");
    if (!cancelled) this.#stopUnlessKeepGoing();
  }

  /** It cannot even start: an input or a tool is missing, or its place is taken. */
  #broken(task: Task, diagnostics: readonly Diagnostic[]): "ended" {
    const failure: Failure = {
      command: "",
      cwd: task.cwd,
      outcome: "failed",
      exit: undefined,
      signal: undefined,
      attempts: 0,
      diagnostics,
    };
    this.#tell(task, "failed", { kind: "unstartable" }, { failure });
    this.#stopUnlessKeepGoing();
    return this.#end(task, "bad");
  }

  #skip(task: Task, reason: Reason): "ended" {
    this.#tell(task, "skipped", reason, {});
    return this.#end(task, "bad");
  }

  #whySkipped(upstream: string): Reason {
    const result = this.#session.tally.result(upstream);
    if (result === "cancelled") return { kind: "cancelled" };
    return { kind: result === "failed" ? "upstream-failed" : "upstream-skipped", task: upstream };
  }

  #postpone(task: Task): "ended" {
    return this.#end(task, "moved");
  }

  #end(task: Task, state: State): "ended" {
    this.#states.set(task.id, state);
    return "ended";
  }

  #stopUnlessKeepGoing(): void {
    if (!this.#session.options.keepGoing && !this.#session.options.dry) this.#session.stop.abort();
  }

  /** Nothing changed since it ran in an earlier round of this run. */
  #doneBefore(task: Task, assessment: Assessment): boolean {
    const done = this.#session.done.get(task.id);
    if (done === undefined) return false;
    // What works in place changes its own inputs: it has done its work in this run whatever they are now.
    if (!worksInPlace(task) && done.fingerprint !== assessment.fingerprint) return false;
    if (done.outputs.some(({ path, identity }) => !sameIdentity(this.#session.artifacts.identify(path), identity)))
      return false;
    this.#pins.setFingerprint(task.id, done.fingerprint);
    return true;
  }

  #replayed(assessment: Assessment): Buffer | undefined {
    const digest: Digest | undefined = assessment.entry?.log;
    return digest === undefined || !this.#session.options.replay ? undefined : this.#session.store.blobs.read(digest);
  }

  #tell(
    task: Task,
    result: TaskResult,
    reason: Reason,
    more: { saved?: number; changed?: boolean; duration?: number; log?: Buffer | undefined; failure?: Failure },
  ): void {
    if (!this.#session.tally.note(task.id, result, more.saved ?? more.duration ?? 0)) return;
    this.#session.emit({
      kind: "task-ended",
      task: task.id,
      result,
      reason,
      changed: more.changed ?? false,
      duration: more.duration ?? 0,
      saved: more.saved ?? 0,
      ...defined({ output: more.log, failure: more.failure }),
      time: Date.now(),
    });
  }
}

/** What was thrown breaks the task; a failure of the store and a bug of inc break the run. */
function problemsOfTask(error: unknown): readonly Diagnostic[] {
  const diagnostics = explain(error);
  if (diagnostics === undefined || diagnostics.some(({ code }) => code.startsWith("INC3"))) throw error;
  return diagnostics;
}

function tornReason(task: Task): Reason {
  return { kind: "blobs-missing", paths: task.outputs.map((output) => output.path) };
}

function nondeterministic(task: Task, paths: readonly string[]): Diagnostic {
  return {
    code: "INC4205",
    severity: "warning",
    message: `task "${task.id}" made something else of the same inputs: ${paths.join(", ")}`,
    location: task.location,
    help: ["make its result depend on nothing but its inputs: no times, no random numbers, no unsorted listings"],
  };
}

/** What an attempt printed; undefined when it printed nothing. */
function logOf({ log, logSize }: Attempted): Buffer | undefined {
  return logSize === 0 ? undefined : readLog(log);
}

function neverTheSame(task: Task, paths: readonly string[]): Diagnostic {
  return {
    code: "INC4220",
    severity: "error",
    message: `task "${task.id}" changed "${paths[0]}" again when it ran on what it had left there`,
    location: task.location,
    notes: [
      {
        message: "what updates its inputs and makes outputs is run again on what it left, and then has to leave it so",
      },
    ],
    help: ["let it find nothing to change the second time, or make two tasks of it"],
  };
}
