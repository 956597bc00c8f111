import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import type { AttemptBatch, AttemptResult, NeededInput } from "../../execute/executor.ts";
import { placesOf, prepareOutputs } from "../../execute/outputs.ts";
import { unlessAborted } from "../../host/abort.ts";
import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { modulesOf, partsOf } from "../../model/task/code.ts";
import type { Slot } from "../../plan/vacated.ts";
import { earlierFiles } from "../../workspace/earlier-files.ts";
import type { Session } from "../session/session.ts";
import { commandOf } from "./command.ts";
import { warnOfLeaks } from "./function/leaks.ts";
import { placeObjects } from "./place-objects.ts";
import { retryDelay } from "./retry.ts";
import { shortfalls } from "./shortfalls.ts";
import { warnOfStrays } from "./strays.ts";
import type { TaskRun } from "./task-run.ts";

/** How a task's last attempt ended. */
export interface Attempted extends AttemptResult {
  readonly id: string;
  readonly attempts: number;
  /** The command as a person would type it; empty: it never started. */
  readonly command: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
  /** The file system's clock before it began, in nanoseconds: later contents may not be those that it read. */
  readonly tick: bigint;
  /** Absolute path of its log. */
  readonly log: string;
  readonly host: string;
  readonly diagnostics: readonly Diagnostic[];
  /** It failed while something else changed its inputs, its outputs or their directories, and perhaps only because of that. */
  readonly isDisturbed?: boolean;
}

/** What a task gets when its turn has come. */
export interface Turn {
  /** With which it starts. */
  readonly batch: AttemptBatch | undefined;
  readonly slot: Slot;
}

/**
 * Runs a task's command, and again after a failure as often as its retries allow. The intent of the last attempt stays
 * open: its outputs count as torn until the conclusion is committed.
 */
export async function attemptTask(taskRun: TaskRun, place: Place): Promise<Attempted> {
  const { session, task } = taskRun;
  const { signal, batch, slot } = place;
  for (let attempt = 1; ; attempt += 1) {
    // What failed in a batch failed by itself: it is tried again by itself.
    const alone = { ...place, batch: attempt === 1 ? batch : undefined };
    const ended = { ...(await attemptOnce(taskRun, attempt, alone)), attempts: attempt };
    batch?.leave(task);
    const retry = isRetriable(ended) && attempt <= task.retries && !signal.aborted;
    const retryIn = retry ? retryDelay(attempt) : undefined;
    session.emit({
      kind: "attempt-ended",
      task: task.id,
      attempt,
      outcome: ended.outcome,
      exit: ended.exit,
      signal: ended.signal,
      duration: ended.duration,
      retryIn,
      time: Date.now(),
    });
    if (retryIn === undefined) return ended;
    session.journal?.end(ended.id);
    await wait(retryIn, undefined, { signal }).catch(() => {});
    await unlessAborted(slot.retake(), signal);
  }
}

function isRetriable({ outcome }: Attempted): boolean {
  return outcome === "failed" || outcome === "timeout";
}

type Once = Omit<Attempted, "attempts">;

interface Place extends Turn {
  readonly log: string;
  readonly signal: AbortSignal;
}

/** @param attempt Its number, from 1. */
async function attemptOnce(taskRun: TaskRun, attempt: number, place: Place): Promise<Once> {
  const { log, signal, batch } = place;
  const { session, pins, task } = taskRun;
  const id = session.nextAttempt();
  const begun = { id, log, command: "", host: hostname(), tick: session.workspace.clock.tick(), started: Date.now() };
  const outputs = task.outputs.map(({ path }) => path);
  session.journal?.begin(id, outputs);
  const unprepared = [...prepareOutputs(task, session.workspace.root), ...placeObjects(session, task)];
  if (unprepared.length > 0) return { ...begun, outcome: "failed", duration: 0, logSize: 0, diagnostics: unprepared };
  const places = placesOf(task, session.workspace.root);
  const result = await session.executor.execute({
    id,
    command: commandOf(session, pins, task),
    manifest: session.manifestUse,
    inputs: () => neededInputs(taskRun),
    earlier: earlierFiles(task.outputs, session),
    packages: () => packagesOf(taskRun),
    log,
    onOutput: session.options.follow === true ? (bytes, host) => emitOutput(session, task, bytes, host) : undefined,
    onProgress: (done, total) => session.emit({ kind: "task-progress", task: task.id, done, total, time: Date.now() }),
    signal,
    batch,
    onStart: (display) => {
      begun.command = display;
      emitStart(taskRun, attempt, begun);
    },
    onPlaced: (host) => session.emit({ kind: "attempt-placed", task: task.id, host, time: Date.now() }),
    onSpawn: (pid) => session.journal?.spawned(id, pid),
    onVacated: () => place.slot.vacate(),
    retake: async () => void (await unlessAborted(place.slot.retake(), signal)),
  });
  warnOfStrays(session, task, result);
  warnOfLeaks(session, task, result.function);
  const diagnostics = [...(result.diagnostics ?? []), ...shortfalls(session, task, result, log)];
  const outcome = result.outcome === "ok" && diagnostics.length > 0 ? "failed" : result.outcome;
  const isDisturbed =
    outcome === "failed" &&
    (placesOf(task, session.workspace.root) !== places ||
      diagnostics.some(({ code }) => code === "INC4302" || code === "INC4356"));
  return { ...begun, ...result, outcome, diagnostics, isDisturbed };
}

/** What declared inputs name, as far as it is there. */
function* neededInputs({ session, pins, task }: TaskRun): IterableIterator<NeededInput> {
  for (const path of new Set([...pins.readBy(task), ...pythonModules(session, task)])) {
    const identity = pins.identify(path);
    if (identity !== undefined) yield { path, identity };
  }
}

/** The modules of a Python function; those of others come with the manifest. */
function pythonModules({ cached }: Session, { action }: Task): readonly string[] {
  return action.kind === "function" && action.python !== undefined ? modulesOf(cached.graph, action.code) : [];
}

function packagesOf({ session, task: { action } }: TaskRun): readonly string[] {
  if (action.kind !== "function") return [];
  return partsOf(session.cached.graph, action.code).flatMap(({ module, name }) =>
    module === "" ? [name.replace(/^package /, "")] : [],
  );
}

function emitStart(
  { session, task }: TaskRun,
  attempt: number,
  begun: Pick<Once, "command" | "log" | "started">,
): void {
  session.emit({
    kind: "attempt-started",
    task: task.id,
    attempt,
    command: begun.command,
    expected: session.store.duration(session.graph.manifest, task.id),
    log: begun.log,
    time: begun.started,
  });
}

function emitOutput(session: Session, task: Task, bytes: Buffer, host: string | undefined): void {
  session.emit({
    kind: "task-output",
    task: task.id,
    ...defined({ host }),
    output: Buffer.from(bytes),
    time: Date.now(),
  });
}
