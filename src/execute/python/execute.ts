import { rmSync } from "node:fs";
import { join } from "node:path";
import { makeOwnDirectory, writeOwnFile } from "../../host/files/own-files.ts";
import { type Child, type Command, spawnCommand } from "../../host/process/process.ts";
import { MARKER } from "../../host/process/tree.ts";
import { defined } from "../../model/defined.ts";
import type { FunctionAction, PythonCall } from "../../model/task/action.ts";
import { foreignPrograms } from "../environment.ts";
import type { Attempt, AttemptResult } from "../executor.ts";
import type { LocalPlace } from "../local/local-command.ts";
import { type Shared, supervise } from "../local/supervise.ts";
import { writeValue } from "../settle-value.ts";
import type { TaskCommand } from "../task-command.ts";
import { type CallEnd, executeTogether, together } from "../worker/execute-batch.ts";
import type { UnitEnd } from "../worker/protocol.ts";
import { interpreterOf, programArguments, pythonEnvironment, pythonJob } from "./job.ts";
import { problemOf, pythonProblems } from "./problems.ts";
import type { PythonJob } from "./protocol.ts";
import { FollowedReport, type PythonReport, readReport } from "./report.ts";
import type { PythonServers } from "./servers.ts";

/** Between SIGTERM and SIGKILL, in milliseconds. */
const GRACE = 1000;

/** Where and with what Python functions are executed. */
export interface PythonAround {
  readonly place: LocalPlace;
  readonly servers: PythonServers;
  /** What is known of the commands that run at the same time. */
  readonly shared: Shared;
}

/** Executes an attempt whose action is a Python function: in a fork of a server, or in an interpreter of its own. */
export async function executePython(
  attempt: Attempt,
  action: FunctionAction,
  python: PythonCall,
  around: PythonAround,
): Promise<AttemptResult> {
  return executeTogether(attempt, action, around.place, (attempts) => call(attempts, { action, python }, around));
}

interface Called {
  readonly action: FunctionAction;
  readonly python: PythonCall;
}

async function call(attempts: readonly Attempt[], called: Called, around: PythonAround): Promise<CallEnd> {
  const attempt = together(attempts);
  const { place } = around;
  const foreign = foreignPrograms(attempt.command.task, place.root);
  if (foreign !== undefined) return { result: { outcome: "failed", duration: 0, logSize: 0, diagnostics: [foreign] } };
  makeOwnDirectory(place.temporary);
  // A killed run's are found by the process id.
  const report = join(place.temporary, `${process.pid}-${attempt.id}.report`);
  writeOwnFile(report, "");
  const followed = new FollowedReport(report, (done, total) => attempt.onProgress(done, total));
  try {
    const units = called.action.all === true ? attempts.map(({ command }) => command) : undefined;
    const result = await supervised(attempt, { ...called, report, ...defined({ units }) }, around);
    return concluded(attempts, result, report, place);
  } finally {
    followed.close();
    rmSync(report, { force: true });
  }
}

interface Reporting extends Called {
  /** Absolute path of the file. */
  readonly report: string;
  readonly units?: readonly TaskCommand[];
}

function supervised(
  attempt: Attempt,
  called: Reporting,
  { place, servers, shared }: PythonAround,
): Promise<AttemptResult> {
  const { command, id, log, onOutput, signal } = attempt;
  const { task, secrets } = command;
  const env = pythonEnvironment(attempt, place);
  const { [MARKER]: marker = id, ...shownEnv } = env;
  const job = pythonJob(command, { ...called, root: place.root, marker });
  const interpreter = interpreterOf(attempt, called.python);
  const { workspace, importRoot, moduleName, cwd } = job;
  const server = { interpreter, cwd, env: shownEnv, workspace, importRoot, moduleName };
  const started = { id, file: interpreter, args: programArguments("call"), cwd, env, secrets, log, onOutput };
  return supervise(
    { ...started, grace: GRACE, timeout: task.timeout, signal, shared, onSpawn: (pid) => attempt.onSpawn(pid) },
    async (spawned) => (await servers.start(server, job, spawned.stdout as number)) ?? spawnCall(spawned, job),
  );
}

/** An interpreter that is told by its standard input what to call; the function's own is empty. */
function spawnCall(command: Command, job: PythonJob): Child {
  const child = spawnCommand({ ...command, stdin: "pipe" });
  // It may have ended before it read all.
  child.input?.on("error", () => {});
  child.input?.end(JSON.stringify(job));
  return child;
}

function concluded(attempts: readonly Attempt[], result: AttemptResult, path: string, { root }: LocalPlace): CallEnd {
  if (result.diagnostics !== undefined) return { result };
  const report = readReport(path);
  const { end, refused, use } = report;
  const [{ command }] = attempts as readonly [Attempt];
  const { task } = command;
  // What it read is known only of a process that has come to its end.
  const units = end === undefined ? {} : { units: unitsOf(attempts, report) };
  // Why it was ended is known otherwise.
  if (result.outcome === "cancelled" || result.outcome === "timeout")
    return { result: { ...result, function: use }, ...units };
  const diagnostics = pythonProblems(task, { end, refused, result, root });
  if (diagnostics.length > 0) return { result: { ...result, outcome: "failed", diagnostics, function: use }, ...units };
  if (end?.end === "returned" && end.value !== undefined) writeValue(task, Buffer.from(end.value), root);
  return { result: { ...result, outcome: "ok", function: use }, ...units };
}

/** Null: it said nothing of a unit. */
function unitsOf(attempts: readonly Attempt[], { units }: PythonReport): readonly (UnitEnd | null)[] {
  return attempts.map(({ command: { task } }) => {
    const end = units.get(task.key ?? task.id);
    if (end === undefined) return null;
    const problem = problemOf(task, end);
    const value = end.end === "returned" ? end.value : undefined;
    return { diagnostics: problem === undefined ? [] : [problem], ...defined({ value }) };
  });
}
