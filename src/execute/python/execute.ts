import { rmSync } from "node:fs";
import { join } from "node:path";
import { makeOwnDirectory, writeOwnFile } from "../../host/files/own-files.ts";
import { type Child, type Command, spawnCommand } from "../../host/process/process.ts";
import { MARKER } from "../../host/process/tree.ts";
import type { FunctionAction, PythonCall } from "../../model/task/action.ts";
import { foreignPrograms } from "../environment.ts";
import type { Attempt, AttemptResult } from "../executor.ts";
import type { LocalPlace } from "../local/local-command.ts";
import { type Shared, supervise } from "../local/supervise.ts";
import { writeValue } from "../settle-value.ts";
import { interpreterOf, programArguments, pythonEnvironment, pythonJob } from "./job.ts";
import { pythonProblems } from "./problems.ts";
import type { PythonJob } from "./protocol.ts";
import { readReport } from "./report.ts";
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
  { place, servers, shared }: PythonAround,
): Promise<AttemptResult> {
  const { command, id, log, onOutput, signal } = attempt;
  const { task, secrets } = command;
  const foreign = foreignPrograms(task, place.root);
  if (foreign !== undefined) return { outcome: "failed", duration: 0, logSize: 0, diagnostics: [foreign] };
  makeOwnDirectory(place.temporary);
  // A killed run's are found by the process id.
  const report = join(place.temporary, `${process.pid}-${id}.report`);
  writeOwnFile(report, "");
  const env = pythonEnvironment(attempt, place);
  const { [MARKER]: marker = id, ...shownEnv } = env;
  const job = pythonJob(command, { action, python, root: place.root, marker, report });
  const interpreter = interpreterOf(attempt, python);
  const { workspace, importRoot, moduleName, cwd } = job;
  const server = { interpreter, cwd, env: shownEnv, workspace, importRoot, moduleName };
  const started = { id, file: interpreter, args: programArguments("call"), cwd, env, secrets, log, onOutput };
  try {
    const result = await supervise(
      { ...started, grace: GRACE, timeout: task.timeout, signal, shared, onSpawn: (pid) => attempt.onSpawn(pid) },
      async (spawned) => (await servers.start(server, job, spawned.stdout as number)) ?? spawnCall(spawned, job),
    );
    return concluded(attempt, result, report, place);
  } finally {
    rmSync(report, { force: true });
  }
}

/** An interpreter that is told by its standard input what to call; the function's own is empty. */
function spawnCall(command: Command, job: PythonJob): Child {
  const child = spawnCommand({ ...command, stdin: "pipe" });
  // It may have ended before it read all.
  child.input?.on("error", () => {});
  child.input?.end(JSON.stringify(job));
  return child;
}

function concluded(
  { command: { task } }: Attempt,
  result: AttemptResult,
  report: string,
  { root }: LocalPlace,
): AttemptResult {
  if (result.diagnostics !== undefined) return result;
  const { end, refused, use } = readReport(report);
  // Why it was ended is known otherwise.
  if (result.outcome === "cancelled" || result.outcome === "timeout") return { ...result, function: use };
  const diagnostics = pythonProblems(task, { end, refused, result, root });
  if (diagnostics.length > 0) return { ...result, outcome: "failed", diagnostics, function: use };
  if (end?.end === "returned" && end.value !== undefined) writeValue(task, Buffer.from(end.value), root);
  return { ...result, outcome: "ok", function: use };
}
