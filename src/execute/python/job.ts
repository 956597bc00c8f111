import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defined } from "../../model/defined.ts";
import type { Input } from "../../model/graph.ts";
import { dictionary } from "../../model/own.ts";
import type { FunctionAction, PythonCall } from "../../model/task/action.ts";
import { taskEnvironment } from "../environment.ts";
import type { Attempt } from "../executor.ts";
import type { LocalPlace } from "../local/local-command.ts";
import { pathFrom } from "../render.ts";
import type { TaskCommand } from "../task-command.ts";
import { jobInputs, jobOutputs, jobUnit, returnsValue } from "../worker/inputs.ts";
import type { PythonJob } from "./protocol.ts";

/** The directory that holds the program's package: beside this file, and where the bundle puts it. */
const PACKAGE = fileURLToPath(
  new URL(extname(import.meta.url) === ".ts" ? "." : "../execute/python/", import.meta.url),
);

/** The directory of the program's files. */
export const PROGRAM = join(PACKAGE, "inctask");

/** Nothing but the package comes into the path in which the task's modules are looked for, and that only for a moment. */
const START =
  "import sys; sys.dont_write_bytecode = True; sys.path[:sys.path[:1] == ['']] = [sys.argv.pop(1)]; " +
  "from inctask.main import main; del sys.path[0]; main()";

/** The arguments with which an interpreter becomes a server, or makes one attempt. */
export function programArguments(what: "serve" | "call" | "versions"): readonly string[] {
  return ["-c", START, PACKAGE, what];
}

/** What runs a function: a path relative to the task's working directory, or a name in PATH. */
export function interpreterOf({ command: { task, values } }: Attempt, { interpreter }: PythonCall): string {
  const input = task.inputs[interpreter] as Extract<Input, { kind: "tool" }>;
  return values.tool(input.name);
}

/** What a function sees unless its task says otherwise: sets have the same order in each run. */
export const STANDARD_VARIABLES = { PYTHONHASHSEED: "0" } as const;

/** The variables that a function sees: those of a command, and the standard ones. */
export function pythonEnvironment({ id, command: { task, values } }: Attempt, { root }: LocalPlace) {
  const environment = taskEnvironment(task, { ...values, workspace: root, marker: id });
  return dictionary(Object.entries({ ...STANDARD_VARIABLES, ...environment }));
}

/** What a process is to call. */
interface Called {
  readonly action: FunctionAction;
  readonly python: PythonCall;
  /** Absolute path of the workspace. */
  readonly root: string;
  /** Of its processes: with that of an attempt around this one. */
  readonly marker: string;
  readonly report: string;
  /** Those that one call makes; with the inputs and outputs of all, the task itself has none. Absent: it is called for one task. */
  readonly units?: readonly TaskCommand[];
}

export function pythonJob({ task, values }: TaskCommand, called: Called): PythonJob {
  const { action, python, root, marker, report, units } = called;
  const { importRoot, moduleName, name } = python;
  return {
    task: task.id,
    workspace: root,
    cwd: join(root, task.cwd),
    importRoot: join(root, importRoot),
    moduleName,
    name,
    inputs: units === undefined ? jobInputs(task, action, values) : [],
    outputs: units === undefined ? jobOutputs(task) : [],
    ...defined({ units: units?.map(jobUnit) }),
    mutates: task.mutates.map((path) => pathFrom(task.cwd, path)),
    returns: returnsValue(task),
    marker,
    report,
  };
}
