import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { VALUE_OUTPUT, type ValueFormat } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { origin } from "./call-site.ts";
import { declaredOuts } from "./command-parts.ts";
import type { ActionDeclaration, OutDeclaration, PythonDeclaration, RunFunction } from "./declaration.ts";
import { declareTask } from "./declare-task.ts";
import type {
  BatchOptions,
  FunctionInputs,
  FunctionOptions,
  ValueBatchOptions,
  ValueFunctionOptions,
} from "./function.ts";
import { Command, Task } from "./handles.ts";
import { PythonFunction } from "./python.ts";
import { checkOptions, type TaskOptions } from "./task-options.ts";
import { commonParts, notACommand, timeoutOf } from "./task-parts.ts";
import { badSize, parseSize } from "./units.ts";

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

type AnyOutputs = Readonly<Record<string, string>>;

type AnyFunctionOptions =
  | FunctionOptions<FunctionInputs, AnyOutputs>
  | BatchOptions<FunctionInputs, AnyOutputs>
  | ValueBatchOptions<FunctionInputs, AnyOutputs, unknown>;

/**
 * A unit of work. Export it, and it is a task by that name.
 * @example export const schema = task(sh`python3 infer.py ${raw} > ${out("build/schema.json")}`);
 */
export function task<
  const Names extends readonly string[],
  const Outputs extends AnyOutputs = NoOutputs,
  const Format extends ValueFormat | undefined = undefined,
>(
  command: Command<Names>,
  options?: TaskOptions<Outputs, Format>,
): Task<Names[number] | KeysOf<Outputs, Format>, ShapeOf<Names, KeysOf<Outputs, Format>>, ValueOf<Format>>;
/**
 * A unit of work whose action is a function. It runs in a child process, and again when its code or what that reaches changes.
 * @example export const stats = task({ inputs: { table }, outputs: { json: "build/stats.json" }, async run({ inputs, outputs }) { … } });
 */
export function task<
  const Inputs extends FunctionInputs = Readonly<Record<never, never>>,
  const Outputs extends AnyOutputs = NoOutputs,
>(
  options: FunctionOptions<Inputs, Outputs>,
): Task<keyof Outputs & string, ShapeOf<readonly [], keyof Outputs & string>, never>;
/**
 * A unit of work whose function returns a value.
 * @example export const totals = task({ inputs: { table }, value: "json", run: async ({ inputs }) => ({ rows: await count(inputs.table) }) });
 */
export function task<
  V,
  const Inputs extends FunctionInputs = Readonly<Record<never, never>>,
  const Outputs extends AnyOutputs = NoOutputs,
>(
  options: ValueFunctionOptions<Inputs, Outputs, V>,
): Task<KeysOf<Outputs, "json">, ShapeOf<readonly [], KeysOf<Outputs, "json">>, V>;
/**
 * A unit of an `each` with a batch, whose function is called for several units at once.
 * @example each(docs, { batch: 200 }, (doc) => task({ inputs: { doc }, outputs: { o: `build/${doc.stem}` }, async runAll({ units }) { … } }))
 */
export function task<
  const Inputs extends FunctionInputs = Readonly<Record<never, never>>,
  const Outputs extends AnyOutputs = NoOutputs,
>(
  options: BatchOptions<Inputs, Outputs>,
): Task<keyof Outputs & string, ShapeOf<readonly [], keyof Outputs & string>, never>;
/** The same, where the function returns the values of the units by their keys. */
export function task<
  V,
  const Inputs extends FunctionInputs = Readonly<Record<never, never>>,
  const Outputs extends AnyOutputs = NoOutputs,
>(
  options: ValueBatchOptions<Inputs, Outputs, V>,
): Task<KeysOf<Outputs, "json">, ShapeOf<readonly [], KeysOf<Outputs, "json">>, V>;
export function task(first: Command | AnyFunctionOptions, second: TaskOptions<AnyOutputs> = {}): unknown {
  const from = origin();
  const { location } = from;
  const { action, options } = actionOf(first, second, location);
  if (options.value !== undefined) checkValue(action, location);
  const outputs = Object.entries(options.outputs ?? {}).map(
    ([name, path]): OutDeclaration => ({ kind: "out", path, name, ...from }),
  );
  const declaration = declareTask({
    ...commonParts(action, options, location),
    outputs,
    ...defined({ mutates: options.mutates, rerun: options.rerun }),
    resources: resourcesOf(options.resources ?? {}, location),
    ...(options.timeout === undefined ? {} : { timeout: timeoutOf(options.timeout, location) }),
    ...defined({
      retries: options.retries,
      platform: options.platform,
      executor: options.executor,
      value: options.value,
    }),
    ...from,
  });
  const made = declaredOuts(declaration)
    .map(({ name }) => name)
    .filter((name) => name !== "");
  return new Task(declaration, options.value === undefined ? made : [...made, VALUE_OUTPUT]);
}

/** What is printed cannot go to two places. */
function checkValue(action: TaskAction["action"], location: Location): void {
  if (action.kind !== "exec" || action.stdout === undefined) return;
  throw new DiagnosticError({
    code: "INC2023",
    severity: "error",
    message: 'the option "value" takes the standard output of the command, but the command sends it to a file',
    location,
    help: ["remove the option stdout of exec(), or the option value"],
  });
}

interface TaskAction {
  readonly action: ActionDeclaration;
  readonly options: TaskOptions<AnyOutputs>;
}

/** What a task does, by its arguments; throws where they fit neither form. */
function actionOf(
  first: Command | AnyFunctionOptions,
  second: TaskOptions<AnyOutputs>,
  location: Location,
): TaskAction {
  if (first instanceof Command) {
    checkOptions("task", second, location);
    return { action: first.declaration, options: second };
  }
  if (typeof first !== "object" || first === null || !("run" in first || "runAll" in first))
    throw notACommand("task", location);
  checkOptions("function task", first, location);
  const { version } = first;
  if ("run" in first === "runAll" in first) throw twoFunctions(location);
  const called = "run" in first ? first.run : first.runAll;
  const how = { ...("run" in first ? {} : { all: true as const }), ...defined({ version }), location };
  if (called instanceof PythonFunction) return { action: pythonAction(called, how), options: first };
  return { action: { kind: "function", run: called as RunFunction, ...how }, options: first };
}

function pythonAction(
  { module, name, of: { origin, interpreter } }: PythonFunction,
  how: Pick<PythonDeclaration, "all" | "version" | "location">,
): PythonDeclaration {
  return { kind: "python", module, name, ...defined({ base: origin.base, interpreter }), ...how };
}

function twoFunctions(location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2023",
    severity: "error",
    message: 'a task has both options "run" and "runAll"',
    location,
    help: ["run is called for one task, runAll for several units of each(…, { batch }, …): leave one out"],
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
