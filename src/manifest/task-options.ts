import { DiagnosticError } from "../model/diagnostic.ts";
import type { ValueFormat } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { own } from "../model/own.ts";
import { suggestion } from "../model/suggestion.ts";
import { EXECUTORS, type ExecutorName } from "../model/task/executor.ts";
import type { Task, Units } from "./handles.ts";
import { PythonFunction } from "./python.ts";
import type { AnyInput, Environment } from "./task-parts.ts";

/** The options of a task whose action is a command. */
export interface TaskOptions<
  Outputs extends Readonly<Record<string, string>>,
  Format extends ValueFormat | undefined = ValueFormat | undefined,
> {
  /** What it depends on beside what its command interpolates. */
  readonly inputs?: readonly AnyInput[] | Readonly<Record<string, AnyInput>>;
  /** What it makes beside what its command names: name → path; a directory's ends with a slash. */
  readonly outputs?: Outputs;
  /** Variables it sees, beside PATH, HOME, USER, LOGNAME and TMPDIR. */
  readonly env?: Environment;
  /** Where the command runs, relative to the manifest. Default: the manifest's directory. */
  readonly cwd?: string;
  /** Waits for these; their results are no part of it. When one fails, it is skipped. Services run while it does. */
  readonly after?: readonly (Task | Units)[];
  /**
   * Paths that the command changes in place. Without outputs, as a formatter, it is never cached; with outputs, as npm install
   * with its lockfile, it reads them too, and is cached by what it leaves there.
   */
  readonly mutates?: readonly string[];
  /** Default: `on-change`. `manual` tasks run only when they are named. */
  readonly rerun?: "on-change" | "always" | "manual";
  /** What an attempt holds of each pool: `cpu` (default 1), `memory` ("512MB"), and those of `config`. */
  readonly resources?: Readonly<Record<string, number | string>>;
  /** For one attempt: "90s", "2m". */
  readonly timeout?: string;
  /** How many further attempts follow a failed one. Default: 0. */
  readonly retries?: number;
  /**
   * Where the command runs, whatever the run says: on this machine, or on a Ray cluster. The result is the same, so it is no part of
   * what makes it stale. Default: `--executor`, then that of `config`, then this machine.
   */
  readonly executor?: ExecutorName;
  /** `any`: the result is the same on each system and architecture, so it is found on others. Default: this machine's. */
  readonly platform?: "any";
  /**
   * What the command prints on its standard output is a value: JSON (`json`), or the list of its lines (`lines`). It is an object
   * with versions, by the task's name, and a dependent reads it as a JSON file. At most 16 MiB.
   */
  readonly value?: Format;
  readonly description?: string;
}

type Check = (value: unknown) => boolean;

/** What each option has to be: types are gone when a manifest runs, and people write JavaScript. */
type Options = Readonly<Record<string, readonly [check: Check, expected: string]>>;

const isObject: Check = (value) => typeof value === "object" && value !== null;
const isText: Check = (value) => typeof value === "string";
const isAmount: Check = (value) => isText(value) || (typeof value === "number" && value >= 0);
const isFunction: Check = (value) => typeof value === "function" || value instanceof PythonFunction;

/** What a task and a service both may have. */
const COMMON: Options = {
  inputs: [isObject, "a list or a record of inputs"],
  env: [isObject, "a record of variables"],
  cwd: [isText, "a path"],
  after: [Array.isArray, "a list of tasks"],
  timeout: [isText, 'a duration, as "90s"'],
  description: [isText, "text"],
};

/** What has options. */
type Optioned = "task" | "function task" | "service";

const TASK: Options = {
  ...COMMON,
  outputs: [(value) => isObject(value) && Object.values(value as object).every(isText), "a record of paths"],
  mutates: [(value) => Array.isArray(value) && value.every(isText), "a list of paths"],
  rerun: [(value) => ["on-change", "always", "manual"].includes(value as string), '"on-change", "always" or "manual"'],
  resources: [
    (value) => isObject(value) && Object.values(value as object).every(isAmount),
    "a record of amounts from 0 up",
  ],
  retries: [(value) => Number.isInteger(value) && (value as number) >= 0, "a whole number from 0 up"],
  platform: [(value) => value === "any", '"any", or leave it out'],
  executor: [(value) => EXECUTORS.includes(value as ExecutorName), '"local" or "ray"'],
};

const OPTIONS: Readonly<Record<Optioned, Options>> = {
  task: { ...TASK, value: [(value) => value === "json" || value === "lines", '"json" or "lines"'] },
  "function task": {
    ...TASK,
    // It gets them by name.
    inputs: [(value) => isObject(value) && !Array.isArray(value), "a record of inputs: { name: input }"],
    value: [(value) => value === "json", '"json"'],
    version: [isText, 'text, as "1"'],
    runAll: [isFunction, 'a function: async runAll({ units }) { … }, or python("etl.py").fn("embed")'],
    run: [isFunction, 'a function: async run({ inputs, outputs }) { … }, or python("etl.py").fn("clean")'],
  },
  service: { ...COMMON, ready: [isObject, "{ port }, { line } or { http }"] },
};

/** Throws the diagnostic for an option that does not exist or cannot be what it was given. */
export function checkOptions(of: Optioned, options: object, location: Location): void {
  for (const [name, value] of Object.entries(options)) {
    const option = own(OPTIONS[of], name);
    if (option === undefined) throw unknownOption(of, name, location);
    const [check, expected] = option;
    if (value !== undefined && !check(value)) throw unusableOption(of, name, expected, location);
  }
}

function unknownOption(of: Optioned, name: string, location: Location): DiagnosticError {
  const names = Object.keys(OPTIONS[of]);
  const near = suggestion(name, names);
  return new DiagnosticError({
    code: "INC2022",
    severity: "error",
    message: `a ${of} has no option "${name}"`,
    location,
    help: [near === undefined ? `its options are ${names.join(", ")}` : `did you mean "${near}"?`],
  });
}

function unusableOption(of: Optioned, name: string, expected: string, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2023",
    severity: "error",
    message: `the option "${name}" of a ${of} has an unusable value`,
    location,
    help: [`use ${expected}`],
  });
}
