import { delimiter, join } from "node:path";
import { foreignAmong, foreignProblem } from "../host/ownership.ts";
import { MARKER } from "../host/process/tree.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { EnvBinding, ParamValue, Task } from "../model/graph.ts";
import { dictionary } from "../model/own.ts";
import { upward } from "../model/path.ts";

export interface EnvironmentValues {
  /** Absolute path. */
  readonly workspace: string;
  /** The id of the attempt or service, by which its processes are found. */
  readonly marker: string;
  param(name: string): ParamValue;
  env(name: string): string | undefined;
}

/** Variables beside PATH that every task gets and that are no part of its fingerprint. */
const PASSED = ["HOME", "USER", "LOGNAME", "TMPDIR"] as const;
/** Variables with the same value on every machine, so that no result depends on them. */
const FIXED = { LC_ALL: "C.UTF-8", TZ: "UTC", TERM: "dumb" } as const;

/** Variables of which every task gets a value that is not that of inc's own environment, or that says nothing but where to put files. */
export const GIVEN_VARIABLES: ReadonlySet<string> = new Set(["PATH", "TMPDIR", ...Object.keys(FIXED)]);

/** The whole environment of a task's command: a short list, and the declared variables. */
export function taskEnvironment(task: Task, values: EnvironmentValues): Record<string, string> {
  const fixed = { PATH: searchPath(task.cwd, values.workspace), ...FIXED };
  const environment = dictionary<string>(Object.entries(fixed));
  for (const name of PASSED) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  const { env, unset } = boundVariables(task, values);
  for (const [name, value] of Object.entries(env)) environment[name] = value;
  for (const name of unset) delete environment[name];
  return environment;
}

/** The part of a task's environment that is the same on every machine. `unset`: what it must not have there either. */
export function boundVariables(
  task: Task,
  values: Omit<EnvironmentValues, "workspace">,
): { readonly env: Readonly<Record<string, string>>; readonly unset: readonly string[] } {
  const env = dictionary<string>(Object.entries(FIXED));
  const unset: string[] = [];
  for (const [name, binding] of Object.entries(task.env)) {
    const value = boundValue(binding, values);
    if (value !== undefined) env[name] = value;
    else {
      delete env[name];
      unset.push(name);
    }
  }
  // A run inside a task passes on the outer marker: ending the outer attempt ends the processes of the inner run too.
  const outer = process.env[MARKER];
  env[MARKER] = outer === undefined ? values.marker : `${outer}/${values.marker}`;
  return { env, unset };
}

/** node_modules/.bin of the working directory and of each directory above it up to the workspace, then PATH. */
function searchPath(cwd: string, workspace: string): string {
  const packages = packageDirectories(cwd).map((directory) => join(workspace, directory, ".bin"));
  return [...packages, process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin"].join(delimiter);
}

/** Where packages may be that a command in this directory starts programs of. Relative to the workspace. */
export function packageDirectories(cwd: string): readonly string[] {
  return [...upward(cwd)].map((directory) => join(directory, "node_modules"));
}

/** Why a task may not be started: a directory that is searched for its programs before PATH is another user's. */
export function foreignPrograms(task: Task, workspace: string): Diagnostic | undefined {
  const directories = packageDirectories(task.cwd).map((directory) => join(workspace, directory));
  const foreign = foreignAmong(directories.flatMap((directory) => [directory, join(directory, ".bin")]));
  if (foreign === undefined) return undefined;
  const what = `task "${task.id}" would run programs of others:`;
  return { ...foreignProblem(foreign, what, foreign.path), location: task.location };
}

function boundValue(binding: EnvBinding, values: Pick<EnvironmentValues, "env" | "param">): string | undefined {
  if (binding.kind === "literal") return binding.value;
  return binding.kind === "env" ? values.env(binding.name) : String(values.param(binding.name));
}

/** How shells and languages name a variable that they missed. */
const MISSING = [
  /\b([A-Za-z_]\w*): (?:unbound variable|parameter not set|parameter null or not set)/g,
  /KeyError: ['"]([A-Za-z_]\w*)['"]/g,
  /process\.env\.([A-Za-z_]\w*) (?:is|was) (?:undefined|not set|required|missing)/g,
  /\b([A-Z_][A-Z0-9_]+)["'`]?(?: environment variable| env var| variable)? (?:is|was|must be|has to be|needs to be) (?:not set|not defined|undefined|unset|required|missing|set|defined)\b/g,
  /[Mm]issing (?:required )?(?:environment variable|env var|variable):? ["'`]?([A-Za-z_]\w*)/g,
  /[Ee]nvironment variable ["'`]?\$?([A-Za-z_]\w*)["'`]? (?:is |was )?(?:not (?:set|found|defined|present)|undefined|unset|required|missing)/g,
];

/** The variable that a failing command missed, by the last words of its log that say so. */
export function missingVariable(log: string): string | undefined {
  let last: { readonly name: string; readonly index: number } | undefined;
  for (const pattern of MISSING)
    for (const match of log.matchAll(pattern))
      if (match[1] !== undefined && match.index >= (last?.index ?? 0)) last = { name: match[1], index: match.index };
  return last?.name;
}
