import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { VALUE_OUTPUT, type ValueFormat } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { origin } from "./call-site.ts";
import { outsOf } from "./command-parts.ts";
import type { OutDeclaration, TaskDeclaration } from "./declaration.ts";
import { Command, Task, type Units } from "./handles.ts";
import { session } from "./session.ts";
import { checkOptions } from "./task-options.ts";
import { type AnyInput, commonParts, type Environment, notACommand, timeoutOf } from "./task-parts.ts";
import { badSize, parseSize } from "./units.ts";

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
  /** `any`: the result is the same on each system and architecture, so it is found on others. Default: this machine's. */
  readonly platform?: "any";
  /**
   * What the command prints on its standard output is a value: JSON (`json`), or the list of its lines (`lines`). It is an object
   * with versions, by the task's name, and a dependent reads it as a JSON file. At most 16 MiB.
   */
  readonly value?: Format;
  readonly description?: string;
}

type IsUnion<T, U = T> = [T] extends [never] ? false : T extends U ? ([U] extends [T] ? false : true) : never;

/** With one output altogether a task can be interpolated in a command by itself. */
type ShapeOf<Names extends readonly string[], Keys extends string> = Names extends readonly []
  ? [Keys] extends [never]
    ? "none"
    : IsUnion<Keys> extends true
      ? "many"
      : "one"
  : Names extends readonly [string]
    ? [Keys] extends [never]
      ? "one"
      : "many"
    : "many";

/** A value counts as an output by that name. */
type KeysOf<Outputs, Format> = (keyof Outputs & string) | (Format extends ValueFormat ? "value" : never);

/** JSON of a command may be anything, as what JSON.parse gives. */
type ValueOf<Format> = Format extends "lines"
  ? readonly string[]
  : Format extends "json"
    ? ReturnType<typeof JSON.parse>
    : never;

type NoOutputs = Readonly<Record<never, string>>;

/**
 * A unit of work. Export it, and it is a task by that name.
 * @example export const schema = task(sh`python3 infer.py ${raw} > ${out("build/schema.json")}`);
 */
export function task<
  const Names extends readonly string[],
  const Outputs extends Readonly<Record<string, string>> = NoOutputs,
  const Format extends ValueFormat | undefined = undefined,
>(
  command: Command<Names>,
  options: TaskOptions<Outputs, Format> = {},
): Task<Names[number] | KeysOf<Outputs, Format>, ShapeOf<Names, KeysOf<Outputs, Format>>, ValueOf<Format>> {
  const from = origin();
  const { location } = from;
  if (!(command instanceof Command)) throw notACommand("task", location);
  checkOptions("task", options, location);
  const outputs = Object.entries(options.outputs ?? {}).map(
    ([name, path]): OutDeclaration => ({ kind: "out", path, name, ...from }),
  );
  const declaration: TaskDeclaration = {
    ...commonParts(command, options, location),
    outputs,
    mutates: options.mutates ?? [],
    rerun: options.rerun ?? "on-change",
    resources: resourcesOf(options.resources ?? {}, location),
    ...(options.timeout === undefined ? {} : { timeout: timeoutOf(options.timeout, location) }),
    retries: options.retries ?? 0,
    ...defined({ platform: options.platform, value: options.value }),
    ...from,
  };
  if (options.value !== undefined) checkValue(declaration);
  session().made.push(declaration);
  const made = [...outsOf(command.declaration), ...outputs].map(({ name }) => name).filter((name) => name !== "");
  return new Task(declaration, options.value === undefined ? made : [...made, VALUE_OUTPUT]);
}

/** What is printed cannot go to two places. */
function checkValue({ command, location }: TaskDeclaration): void {
  if (command.kind !== "exec" || command.stdout === undefined) return;
  throw new DiagnosticError({
    code: "INC2023",
    severity: "error",
    message: 'the option "value" takes the standard output of the command, but the command sends it to a file',
    location,
    help: ["remove the option stdout of exec(), or the option value"],
  });
}

function resourcesOf(resources: Readonly<Record<string, number | string>>, location: Location): Record<string, number> {
  return Object.fromEntries(
    Object.entries(resources).map(([pool, amount]) => {
      const parsed = typeof amount === "number" ? amount : parseSize(amount);
      if (parsed === undefined) throw badSize(`the resource "${pool}"`, String(amount), location);
      return [pool, parsed];
    }),
  );
}
