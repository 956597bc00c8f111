import { setMaxListeners } from "node:events";
import { fstatSync, readSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeOwnDirectory } from "../../host/files/own-files.ts";
import { leftBeside, type Stray } from "../../host/process/tree.ts";
import { startTimer } from "../../host/timer.ts";
import { defined } from "../../model/defined.ts";
import type { Digest } from "../../model/digest.ts";
import type { Task } from "../../model/graph.ts";
import type { FunctionAction } from "../../model/task/action.ts";
import { taskEnvironment } from "../environment.ts";
import type { Attempt, AttemptResult } from "../executor.ts";
import { AttemptOutput } from "../local/attempt-output.ts";
import type { LocalPlace } from "../local/local-command.ts";
import { pathFrom } from "../render.ts";
import { writeValue } from "../settle-value.ts";
import { type CallEnd, executeTogether, together } from "./execute-batch.ts";
import { jobInputs, jobOutputs, jobUnit, returnsValue } from "./inputs.ts";
import type { WorkerPool } from "./pool.ts";
import { crashed, located } from "./problems.ts";
import type { Job, TaskAddress } from "./protocol.ts";
import type { JobEnd, Worker } from "./worker.ts";

/** Between the abort of its signal and SIGKILL, in milliseconds. */
const GRACE = 1000;

/** How much of what a dead process printed is searched for the reason, in bytes. */
const TAIL = 16_384;

/** Executes an attempt whose action is a function, in a process of the pool. */
export async function executeFunction(
  attempt: Attempt,
  action: FunctionAction,
  place: LocalPlace,
  pool: WorkerPool,
): Promise<AttemptResult> {
  return executeTogether(attempt, action, place, (attempts) => call(attempts, action, place, pool));
}

async function call(
  attempts: readonly Attempt[],
  action: FunctionAction,
  place: LocalPlace,
  pool: WorkerPool,
): Promise<CallEnd> {
  const attempt = together(attempts);
  const started = performance.now();
  let end: ExecutedEnd | undefined;
  while (end === undefined) {
    if (attempt.signal.aborted) return { result: { outcome: "cancelled", duration: 0, logSize: 0 } };
    end = await executeIn(pool, attempt, action, { place, attempts });
  }
  return { ...end, result: { ...end.result, duration: Math.round(performance.now() - started) } };
}

type ExecutedEnd = Omit<CallEnd, "result"> & { readonly result: Omit<AttemptResult, "duration"> };

/** What is called, and where. */
interface Called {
  readonly place: LocalPlace;
  readonly attempts: readonly Attempt[];
}

/** Undefined: the process had ended while it was idle, so that nothing has run. */
async function executeIn(
  pool: WorkerPool,
  attempt: Attempt,
  action: FunctionAction,
  { place, attempts }: Called,
): Promise<ExecutedEnd | undefined> {
  const worker = pool.take(codeOf(action));
  let output: AttemptOutput | undefined;
  let goesOn = false;
  try {
    makeOwnDirectory(dirname(attempt.log));
    const { secrets } = attempt.command;
    output = new AttemptOutput(attempt.log, { secrets, onOutput: attempt.onOutput, raw: worker.output });
    const supervised = new Supervised(attempt, worker);
    const end = await supervised.run(jobOf(attempt, action, { place, attempts }), action);
    if ("exit" in end && end.isIdle && supervised.cause === undefined) return undefined;
    const { isReusable, ...result } = await concluded(attempt, worker, end, supervised.cause);
    if ("ended" in end && end.ended.value !== undefined)
      writeValue(attempt.command.task, Buffer.from(end.ended.value), place.root);
    const logSize = output.finish();
    goesOn = isReusable;
    return { result: { ...result, logSize }, ...("ended" in end ? defined({ units: end.ended.units }) : {}) };
  } finally {
    output?.close();
    if (goesOn) pool.give(worker);
    else worker.close();
  }
}

/** A job under way: it is asked to stop when it is cancelled or takes too long, and killed when it does not. */
class Supervised {
  cause: "timeout" | "cancelled" | undefined;
  readonly #attempt: Attempt;
  readonly #worker: Worker;
  #killing: NodeJS.Timeout | undefined;

  constructor(attempt: Attempt, worker: Worker) {
    this.#attempt = attempt;
    this.#worker = worker;
  }

  async run(job: Job, action: FunctionAction): Promise<JobEnd> {
    const { signal, command } = this.#attempt;
    const cancel = (): void => this.#stop("cancelled");
    setMaxListeners(0, signal);
    signal.addEventListener("abort", cancel, { once: true });
    const { timeout } = command.task;
    const timer = timeout === undefined ? undefined : startTimer(() => this.#stop("timeout"), timeout);
    try {
      if (this.#worker.pid !== undefined) this.#attempt.onSpawn(this.#worker.pid);
      return await this.#worker.run(job, codeOf(action), (done, total) => this.#attempt.onProgress(done, total));
    } finally {
      timer?.clear();
      clearTimeout(this.#killing);
      signal.removeEventListener("abort", cancel);
    }
  }

  #stop(why: "timeout" | "cancelled"): void {
    this.cause ??= why;
    if (this.#killing !== undefined) return;
    this.#worker.cancel();
    this.#killing = setTimeout(() => void this.#worker.end(this.#attempt.id), GRACE);
  }
}

type Concluded = Omit<AttemptResult, "duration" | "logSize"> & { readonly isReusable: boolean };

/** Ends what is left of the attempt, the process included where another attempt could see something in it. */
async function concluded(
  { id, command: { task } }: Attempt,
  worker: Worker,
  end: JobEnd,
  cause: "timeout" | "cancelled" | undefined,
): Promise<Concluded> {
  if ("exit" in end) {
    await worker.end(id);
    const why = cause === undefined ? [end.exiting ?? crashed(task.id, end.exit, tailOf(worker))] : [];
    const diagnostics = located(task, why);
    const { exit, signal } = end.exit;
    return { outcome: cause ?? "failed", ...defined({ exit, signal }), diagnostics, isReusable: false };
  }
  // What a function throws because it was asked to stop is not what is wrong.
  const diagnostics = cause === undefined ? located(task, end.ended.diagnostics) : [];
  const { leaks, modules, late, undeclared, hasSpawned, isSpent } = end.ended;
  const strays: readonly Stray[] = hasSpawned && worker.pid !== undefined ? leftBeside(worker.pid, id) : [];
  const isReusable = leaks.length === 0 && strays.length === 0 && !isSpent;
  if (!isReusable) await worker.end(id);
  return {
    outcome: cause ?? (diagnostics.length === 0 ? "ok" : "failed"),
    diagnostics,
    ...(strays.length === 0 ? {} : { strays }),
    function: { modules, late, undeclared, leaks },
    isReusable,
  };
}

/** What decides which functions may share a process: two versions may be called the same. */
function codeOf({ code }: FunctionAction): Digest {
  return code.actual ?? code.digest;
}

function jobOf({ id, command, manifest }: Attempt, action: FunctionAction, { place: { root }, attempts }: Called): Job {
  const { task, values } = command;
  const units = action.all === true ? { units: attempts.map((each) => jobUnit(each.command)) } : {};
  return {
    kind: "run",
    task: task.id,
    address: addressOf(task),
    manifest: manifest(),
    workspace: root,
    cwd: join(root, task.cwd),
    env: taskEnvironment(task, { ...values, workspace: root, marker: id }),
    inputs: action.all === true ? [] : jobInputs(task, action, values),
    outputs: action.all === true ? [] : jobOutputs(task),
    ...units,
    returns: returnsValue(task),
    mutates: task.mutates.map((path) => pathFrom(task.cwd, path)),
  };
}

/** A unit's id is the name of its group, its key in brackets, and the name of a member. */
function addressOf({ id, group, key, keys }: Task): TaskAddress {
  if (group === undefined || key === undefined) return { name: id };
  const member = id.slice(`${group}[${key}].`.length);
  return { name: group, keys: keys ?? [key], ...(member === "" ? {} : { member }) };
}

/** The end of what a process printed that is no more. */
function tailOf({ output }: Worker): string {
  const buffer = Buffer.alloc(TAIL);
  const length = readSync(output, buffer, 0, TAIL, Math.max(0, fstatSync(output).size - TAIL));
  return buffer.toString("utf8", 0, length);
}
