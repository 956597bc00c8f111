import { constants, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type AttemptResult, retryDelay, runAttempt } from "../../execute/attempt.ts";
import { foreignPrograms, missingVariable, taskEnvironment } from "../../execute/environment.ts";
import { readLog } from "../../execute/log-files.ts";
import { collectOutputs, prepareOutputs } from "../../execute/outputs.ts";
import { type RenderedCommand, renderCommand } from "../../execute/render.ts";
import { secretsOf } from "../../execute/secrets.ts";
import { makeOwnDirectory, writeOwnFile } from "../../host/files/own-files.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Input, Task } from "../../model/graph.ts";
import { own } from "../../model/own.ts";
import { pathOfObject } from "../decide/pinned-objects.ts";
import type { RunPins } from "../decide/pins.ts";
import { renderContext } from "../decide/rendering.ts";
import type { Session } from "../session/session.ts";
import { placeObjects } from "./place-objects.ts";
import { warnOfStrays } from "./strays.ts";
import type { TaskRun } from "./task-run.ts";

/** How a task's last attempt ended. */
export interface Attempted extends AttemptResult {
  readonly id: string;
  readonly attempts: number;
  readonly command: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
  /**
   * The file system's clock before it began, in nanoseconds: what was written later may not be what it read.
   */
  readonly tick: bigint;
  /** Absolute path of what it printed. */
  readonly log: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** With less room than this nothing useful can be written, its own log included, in bytes. */
const NO_ROOM = 8192;

/** How much of a failing command's log is searched for the name of a variable it missed, in bytes. */
const LOG_TAIL = 16_384;

/**
 * Runs a task's command, again after a failure as often as it may be retried. The intent of the last attempt stays
 * open: its outputs are torn until someone has committed what became of them.
 */
export async function attemptTask(run: TaskRun, log: string, signal: AbortSignal): Promise<Attempted> {
  const { session, task } = run;
  for (let attempt = 1; ; attempt += 1) {
    const ended = await attemptOnce(run, attempt, log, signal);
    const retry = retriable(ended) && attempt <= task.retries && !signal.aborted;
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
  }
}

function retriable(ended: Attempted): boolean {
  return ended.outcome === "failed" || ended.outcome === "timeout";
}

async function attemptOnce(run: TaskRun, attempt: number, log: string, signal: AbortSignal): Promise<Attempted> {
  const { session, pins, task } = run;
  const id = session.nextAttempt();
  const tick = session.workspace.clock.tick();
  const started = Date.now();
  const unstarted = (diagnostics: readonly Diagnostic[]): Attempted => ({
    id,
    attempts: attempt,
    command: "",
    started,
    tick,
    log,
    diagnostics,
    outcome: "failed",
    duration: 0,
    logSize: 0,
  });
  const foreign = foreignPrograms(task, session.workspace.root);
  if (foreign !== undefined) return unstarted([foreign]);
  session.journal?.begin(
    id,
    task.outputs.map((output) => output.path),
  );
  const prepared = [...prepareOutputs(task, session.workspace.root), ...placeObjects(session, task)];
  if (prepared.length > 0) return unstarted(prepared);
  const lists = new Map<number, string>();
  const context = renderContext(session.graph, pins, {
    set: (index) => pins.sets.paths(index),
    object: (name) => pathOfObject(session.workspace, name),
    list: (input) => responseFile(session, task, pins, id, input, lists),
  });
  const rendered = renderCommand(task, context);
  if (!rendered.ok) return unstarted(rendered.diagnostics);
  session.emit({
    kind: "attempt-started",
    task: task.id,
    attempt,
    command: rendered.value.display,
    expected: session.store.duration(session.graph.manifest, task.id),
    log,
    time: started,
  });
  const result = await runAttempt(spawnSpec(run, { rendered: rendered.value, id, log, signal }));
  warnOfStrays(session, task, result.strays);
  for (const list of lists.values()) rmSync(list, { force: true });
  const diagnostics = [...(result.diagnostics ?? []), ...afterwards(session, task, result, log)];
  const outcome = result.outcome === "ok" && diagnostics.length > 0 ? "failed" : result.outcome;
  return {
    ...result,
    outcome,
    id,
    attempts: attempt,
    command: rendered.value.display,
    started,
    tick,
    log,
    diagnostics,
  };
}

/** What the exit code does not tell: an output that was not made, a variable that was missed. */
function afterwards(session: Session, task: Task, result: AttemptResult, log: string): readonly Diagnostic[] {
  if (result.outcome === "ok")
    return collectOutputs(task, session.workspace.root, (path) => session.makers().has(path));
  if (result.outcome === "failed" && isFull(session.workspace.root)) return [fullDisk(session, task)];
  if (result.outcome !== "failed" || result.logSize === 0) return [];
  const name = missingVariable(readLog(log)?.subarray(-LOG_TAIL).toString("utf8") ?? "");
  if (name === undefined || Object.hasOwn(task.env, name) || own(process.env, name) === undefined) return [];
  return [
    {
      code: "INC4208",
      severity: "error",
      message: `task "${task.id}" seems to miss the variable ${name}, which is set here but not passed to it`,
      location: task.location,
      help: [`declare it: env: { ${name}: env("${name}") }`],
    },
  ];
}

function isFull(directory: string): boolean {
  const { bavail, bsize, ffree, files } = statfsSync(directory);
  return bavail * bsize < NO_ROOM || (files > 0 && ffree === 0);
}

function fullDisk({ workspace }: Session, task: Task): Diagnostic {
  return {
    code: "INC4212",
    severity: "error",
    message: `task "${task.id}" failed, and the disk that "${workspace.root}" is on is full`,
    location: task.location,
    help: ["make room, then run again: what was stored before is kept"],
  };
}

interface Prepared {
  readonly rendered: RenderedCommand;
  readonly id: string;
  readonly log: string;
  readonly signal: AbortSignal;
}

function spawnSpec({ session, pins, task }: TaskRun, { rendered, id, log, signal }: Prepared) {
  const { workspace, graph, options } = session;
  const cwd = join(workspace.root, task.cwd);
  const stdio = task.action.kind === "exec" ? task.action : undefined;
  const opener = (output: number | undefined): (() => number) | undefined => {
    if (output === undefined) return undefined;
    const { tree, path } = workspace.place(task.outputs[output]?.path ?? "");
    return () => tree.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
  };
  const input = stdio?.stdin === undefined ? undefined : task.inputs[stdio.stdin];
  const stdin = stdinPath(workspace, input);
  return {
    id,
    file: rendered.file,
    args: rendered.args,
    cwd,
    env: taskEnvironment(task, {
      workspace: workspace.root,
      marker: id,
      param: (name) => pins.param(name),
      env: (name) => own(process.env, name) ?? graph.envs.find((source) => source.name === name)?.default,
    }),
    stdin: stdin === undefined ? undefined : workspace.absolute(stdin),
    stdout: opener(stdio?.stdout),
    stderr: opener(stdio?.stderr),
    log,
    secrets: secretsOf(graph, task),
    onOutput: options.follow === true ? (bytes: Buffer) => emitOutput(session, task, bytes) : undefined,
    timeout: task.timeout,
    signal,
    onSpawn: (pid: number) => session.journal?.spawned(id, pid),
  };
}

function emitOutput(session: Session, task: Task, bytes: Buffer): void {
  session.emit({ kind: "task-output", task: task.id, output: Buffer.from(bytes), time: Date.now() });
}

export function stdinPath(workspace: Session["workspace"], input: Input | undefined): string | undefined {
  if (input?.kind === "object") return pathOfObject(workspace, input.name);
  return input !== undefined && "path" in input ? input.path : undefined;
}

/** Writes the members of a set, one path a line, relative to the task's working directory. */
export function responseFile(
  session: Session,
  task: Task,
  pins: RunPins,
  id: string,
  input: number,
  lists: Map<number, string>,
): string {
  const known = lists.get(input);
  if (known !== undefined) return known;
  const path = join(session.workspace.temporary, `${id}.${input}.list`);
  makeOwnDirectory(session.workspace.temporary);
  const members = membersOf(task.inputs[input] as Input, pins).map((member) =>
    session.workspace.relativeTo(task.cwd, member),
  );
  writeOwnFile(path, members.map((member) => `${member}\n`).join(""));
  lists.set(input, path);
  return path;
}

function membersOf(input: Input, pins: RunPins): readonly string[] {
  if (input.kind === "files") return pins.sets.paths(input.set);
  if (input.kind === "units") return input.items.flatMap((item) => (item.path === undefined ? [] : [item.path]));
  return "path" in input && input.path !== undefined ? [input.path] : [];
}
