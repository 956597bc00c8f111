import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { realFiles } from "../../host/files/files.ts";
import { askTool } from "../../host/process/ask-tool.ts";
import { ownVariables } from "../../host/process/process.ts";
import { isWithin } from "../../model/path.ts";
import type { FunctionAction, PythonCall } from "../../model/task/action.ts";
import { boundVariables, packageDirectories } from "../environment.ts";
import type { Attempt, AttemptResult, NeededInput } from "../executor.ts";
import { PLATFORM } from "../machine.ts";
import { interpreterOf, PROGRAM, programArguments, pythonJob, STANDARD_VARIABLES } from "../python/job.ts";
import { pythonProblems } from "../python/problems.ts";
import type { PythonJobElsewhere, Versions } from "../python/protocol.ts";
import { parseReport } from "../python/report.ts";
import { functionName } from "../render.ts";
import { foundOtherwise } from "./found-otherwise.ts";
import type { Ended } from "./protocol.ts";
import type { Sketch } from "./spec.ts";
import { undeclaredInput } from "./undeclared.ts";

/** The program is taken from the directory of its files, which the attempt has beside its own. */
const START =
  "import os, sys, types; sys.dont_write_bytecode = True; p = types.ModuleType('inctask'); p.__path__ = [os.path.abspath(sys.argv.pop(1))]; " +
  "sys.modules['inctask'] = p; sys.path[:sys.path[:1] == ['']] = []; from inctask.main import main; main()";

/** A Python function that a task calls. Undefined: the task does something else. */
export function pythonOf({ action }: Attempt["command"]["task"]): PythonTask | undefined {
  return action.kind === "function" && action.python !== undefined ? { action, python: action.python } : undefined;
}

export interface PythonTask {
  readonly action: FunctionAction;
  readonly python: PythonCall;
}

/** What other machines have to have as this one does, by interpreter and packages. */
export class InterpreterVersions {
  readonly #known = new Map<string, Versions>();

  /** @param root Absolute path of the workspace. */
  of(attempt: Attempt, python: PythonCall, root: string): Versions {
    const interpreter = interpreterOf(attempt, python);
    const cwd = join(root, attempt.command.task.cwd);
    const packages = attempt.packages();
    const key = JSON.stringify([interpreter, cwd, packages]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const input = JSON.stringify(packages);
    const { exit, stdout } = askTool(interpreter, programArguments("versions"), { cwd, env: ownVariables(), input });
    // An interpreter that does not answer has been an error of the manifest before.
    const versions = exit === 0 ? (JSON.parse(stdout) as Versions) : {};
    this.#known.set(key, versions);
    return versions;
  }
}

/** What a worker is asked: to give the program a job, in a directory that holds the inputs and the modules of the function. */
export function pythonSketch(
  attempt: Attempt,
  { action, python }: PythonTask,
  expected: Versions,
): { readonly sketch: Sketch; readonly display: string } {
  const { id, command } = attempt;
  const { task } = command;
  const up = relative(join("/", task.cwd), "/") || ".";
  const lists = `${up}/../lists`;
  const report = `${lists}/report`;
  const job = pythonJob(command, { action, python, root: up, marker: id, report });
  const value = task.outputs.find((output) => output.value !== undefined);
  const elsewhere: PythonJobElsewhere = {
    ...job,
    workspace: up,
    cwd: ".",
    importRoot: join(up, python.importRoot),
    value: value === undefined ? null : relative(join("/", task.cwd), join("/", value.path)),
    expected,
  };
  return {
    display: functionName(task),
    sketch: {
      id,
      name: task.id,
      platform: task.platform === "any" ? null : PLATFORM,
      args: ["python", "-c", START, lists, "call"],
      cwd: task.cwd,
      ...variables(attempt),
      bins: packageDirectories(task.cwd).map((directory) => `${directory}/.bin`),
      stdin: "../lists/job",
      stdout: null,
      stderr: null,
      timeout: task.timeout === undefined ? null : task.timeout / 1000,
      lists: [...programFiles(), { name: "job", text: JSON.stringify(elsewhere) }, { name: "report", text: "" }],
      outputs: task.outputs.map(({ path }) => ({ path })),
      isPython: true,
    },
  };
}

function variables({ id, command: { task, values } }: Attempt): Pick<Sketch, "env" | "unset"> {
  const { env, unset } = boundVariables(task, { ...values, marker: id });
  return { env: { ...STANDARD_VARIABLES, ...env }, unset };
}

let program: Sketch["lists"] | undefined;

function programFiles(): Sketch["lists"] {
  program ??= readdirSync(PROGRAM)
    .filter((name) => name.endsWith(".py"))
    .map((name) => ({ name, text: readFileSync(join(PROGRAM, name), "utf8") }));
  return program;
}

/** Inputs without the interpreter, which cannot travel: the worker has one of its own, which is compared by its version. */
export function withoutInterpreter(
  attempt: Attempt,
  python: PythonCall,
  inputs: readonly NeededInput[],
): readonly NeededInput[] {
  const name = interpreterOf(attempt, python);
  const path = join(attempt.command.task.cwd, name);
  return name.includes("/") ? inputs.filter((input) => input.path !== path && input.path !== name) : inputs;
}

/** Where an attempt ran, and what this machine has in its place. */
export interface PythonPlaces {
  /** Absolute path of the workspace. */
  readonly root: string;
  readonly brought: readonly { readonly path: string }[];
}

/** What became of a function that a worker has called. */
export function concludePython(
  { command: { task } }: Attempt,
  result: AttemptResult,
  { report = "", root: there }: Ended,
  { root, brought }: PythonPlaces,
): AttemptResult {
  const { end, refused, use } = parseReport(report, (path) => placeHere(path, there, root));
  if (result.outcome === "cancelled" || result.outcome === "timeout") return { ...result, function: use };
  const missed = foundOtherwise(task, use.undeclared, { root, brought });
  const diagnostics =
    missed.length > 0
      ? missed.map((path) => undeclaredInput(task, path, root))
      : [...pythonProblems(task, { end, refused, result, root }), ...(result.diagnostics ?? [])];
  return { ...result, outcome: diagnostics.length > 0 ? "failed" : "ok", diagnostics, function: use };
}

/**
 * The path on this machine for one where an attempt ran. Outside of its directory each machine has files of its own: what stands
 * under the same path here is taken for the same, as on a file system that both mount. Undefined: there is nothing here.
 */
function placeHere(path: string, there: string, root: string): string | undefined {
  if (isWithin(path, there)) return join(root, relative(there, path));
  return isWithin(path, dirname(there)) || realFiles.stat(path) === undefined ? undefined : path;
}
