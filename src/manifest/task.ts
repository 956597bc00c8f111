import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Location } from "../model/location.ts";
import { origin } from "./call-site.ts";
import type {
  CommandDeclaration,
  EachDeclaration,
  OutDeclaration,
  Reference,
  TaskDeclaration,
  TemplatePart,
} from "./declaration.ts";
import {
  Command,
  declarationOf,
  type Each,
  type EnvRef,
  type FileRef,
  FileSetRef,
  makeEach,
  type ObjectRef,
  type OutputRef,
  type ParamRef,
  Task,
  type ToolRef,
  type Units,
} from "./handles.ts";
import { session } from "./session.ts";
import { checkOptions } from "./task-options.ts";
import { badDuration, badSize, parseDuration, parseSize } from "./units.ts";

/** What a task may depend on. */
export type InputRef = FileRef | FileSetRef | ObjectRef | ToolRef | ParamRef<never> | EnvRef | OutputRef | Task | Units;

/** A parameter of any type, as an input. */
export type AnyInput = InputRef | ParamRef<string> | ParamRef<number> | ParamRef<boolean>;

export interface TaskOptions<Outputs extends Readonly<Record<string, string>>> {
  /** What it depends on beside what its command interpolates. */
  readonly inputs?: readonly AnyInput[] | Readonly<Record<string, AnyInput>>;
  /** What it makes beside what its command names: name → path; a directory's ends with a slash. */
  readonly outputs?: Outputs;
  /** Variables it sees, beside PATH, HOME, USER, LOGNAME and TMPDIR. */
  readonly env?: Readonly<
    Record<string, string | number | EnvRef | ParamRef<string> | ParamRef<number> | ParamRef<boolean>>
  >;
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

type NoOutputs = Readonly<Record<never, string>>;

/**
 * A unit of work. Export it, and it is a task by that name.
 * @example export const schema = task(sh`python3 infer.py ${raw} > ${out("build/schema.json")}`);
 */
export function task<
  const Names extends readonly string[],
  const Outputs extends Readonly<Record<string, string>> = NoOutputs,
>(
  command: Command<Names>,
  options: TaskOptions<Outputs> = {},
): Task<Names[number] | (keyof Outputs & string), ShapeOf<Names, keyof Outputs & string>> {
  const from = origin();
  const { location } = from;
  if (!(command instanceof Command)) throw notACommand("task", location);
  checkOptions("task", options, location);
  const outputs = Object.entries(options.outputs ?? {}).map(
    ([name, path]): OutDeclaration => ({ kind: "out", path, name, ...from }),
  );
  const declaration: TaskDeclaration = {
    kind: "task",
    command: command.declaration,
    inputs: inputsOf(options.inputs ?? [], location),
    outputs,
    env: environmentOf(options.env ?? {}, location),
    ...defined({ cwd: options.cwd }),
    after: afterOf(options.after ?? [], location),
    mutates: options.mutates ?? [],
    rerun: options.rerun ?? "on-change",
    resources: resourcesOf(options.resources ?? {}, location),
    ...(options.timeout === undefined ? {} : { timeout: timeoutOf(options.timeout, location) }),
    retries: options.retries ?? 0,
    ...defined({ description: options.description }),
    ...from,
  };
  session().made.push(declaration);
  const names = [...outsOf(command.declaration), ...outputs].map(({ name }) => name).filter((name) => name !== "");
  return new Task<Names[number] | (keyof Outputs & string), ShapeOf<Names, keyof Outputs & string>>(declaration, names);
}

export function outsOf(command: CommandDeclaration): OutDeclaration[] {
  const streams = command.kind === "shell" ? [] : [command.stdout, command.stderr].filter((out) => out !== undefined);
  return [...partsOf(command).filter((part) => part.kind === "out"), ...streams];
}

/** The pieces of a command, those of its lists one by one. */
export function partsOf(command: CommandDeclaration): Exclude<TemplatePart, { kind: "parts" }>[] {
  const flat = (part: TemplatePart): Exclude<TemplatePart, { kind: "parts" }>[] =>
    part.kind === "parts" ? part.parts.flatMap(flat) : [part];
  return (command.kind === "shell" ? command.parts : command.argv).flatMap(flat);
}

export function inputsOf(
  inputs: readonly AnyInput[] | Readonly<Record<string, AnyInput>>,
  location: Location,
): TaskDeclaration["inputs"] {
  const pairs: (readonly [string | undefined, unknown])[] = Array.isArray(inputs)
    ? inputs.map((input: unknown) => [undefined, input] as const)
    : Object.entries(inputs);
  return pairs.map(([label, input]) => {
    const declaration = declarationOf(input);
    if (declaration === undefined || !isReference(declaration.kind)) throw notAnInput(label, location);
    return { ...defined({ label }), reference: declaration as Reference };
  });
}

function isReference(kind: string): boolean {
  return !["out", "depfile", "config"].includes(kind);
}

export function afterOf(after: readonly unknown[], location: Location): TaskDeclaration["after"] {
  return after.map((handle) => {
    const declaration = declarationOf(handle);
    if (declaration?.kind === "task" || declaration?.kind === "each") return declaration;
    throw notAnInput("after", location);
  });
}

export function environmentOf(
  env: NonNullable<TaskOptions<NoOutputs>["env"]>,
  location: Location,
): TaskDeclaration["env"] {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      if (typeof value === "string" || typeof value === "number")
        return [name, { kind: "literal" as const, value: String(value) }];
      const declaration = declarationOf(value);
      if (declaration?.kind === "env" || declaration?.kind === "param") return [name, declaration];
      throw notAValue(name, location);
    }),
  );
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

export function timeoutOf(text: string, location: Location): number {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw badDuration("a timeout", text, location);
  return parsed;
}

export function notACommand(of: "task" | "service", location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2016",
    severity: "error",
    message: `${of}() was given something that is no command`,
    location,
    help: [`begin with a command: ${of}(sh\`…\`, { … }) or ${of}(exec([…]), { … })`],
  });
}

function notAValue(name: string, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2019",
    severity: "error",
    message: `the variable ${name} is given something that is no value`,
    location,
    help: ["give text, a number, env() or param(); a path goes into the command"],
  });
}

function notAnInput(label: string | undefined, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2017",
    severity: "error",
    message: `${label === undefined ? "an input" : `the input "${label}"`} is nothing that a task can depend on`,
    location,
    help: ["give file(), files(), param(), env(), tool(), a task, or one of its outputs"],
  });
}

/** What a callback of `each` may return. */
type UnitResult = Task | Readonly<Record<string, Task>>;

/**
 * Fans out: one unit for each element. A new element runs one unit, a changed one reruns one, a removed one is cleaned up.
 * @example export const clean = each(files("data/*.csv"), (csv) => task(sh`clean ${csv} > ${out(`build/${csv.name}`)}`));
 */
export function each<const T extends UnitResult>(set: FileSetRef, callback: (file: FileRef) => T): Each<T>;
export function each<const E extends string | number, const T extends UnitResult>(
  items: readonly E[],
  callback: (item: E) => T,
): Each<T>;
export function each<const E, const T extends UnitResult>(
  items: readonly E[],
  options: { readonly key: (item: E) => string | number },
  callback: (item: E) => T,
): Each<T>;
export function each(
  over: FileSetRef | readonly unknown[],
  second: ((element: never) => UnitResult) | { readonly key: (item: never) => string | number },
  third?: (element: never) => UnitResult,
): unknown {
  const callback = (typeof second === "function" ? second : third) as (element: unknown) => unknown;
  const key = typeof second === "function" ? String : (second.key as (item: unknown) => string | number);
  const declaration: EachDeclaration = {
    kind: "each",
    over:
      over instanceof FileSetRef
        ? (declarationOf(over) as EachDeclaration["over"] & { kind: "files" })
        : { kind: "items", items: over.map((value) => ({ key: String(key(value)), value })) },
    callback,
    ...origin(),
  };
  session().made.push(declaration);
  return makeEach(declaration);
}
