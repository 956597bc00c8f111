import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Location } from "../model/location.ts";
import type { ActionDeclaration, Reference, TaskDeclaration } from "./declaration.ts";
import { declarationOf } from "./handle.ts";
import type { EnvRef, FileRef, FileSetRef, ObjectRef, OutputRef, ParamRef, Task, ToolRef, Units } from "./handles.ts";
import { badDuration, parseDuration } from "./units.ts";

/** What a task may depend on. */
export type InputRef =
  | FileRef
  | FileSetRef
  | ObjectRef
  | ToolRef
  | ParamRef<never>
  | EnvRef
  | OutputRef<"task" | "each">
  | Task
  | Units;

/** A parameter of any type, as an input. */
export type AnyInput = InputRef | ParamRef<string> | ParamRef<number> | ParamRef<boolean>;

/** Variables by name: values, or what gives them. */
export type Environment = Readonly<
  Record<string, string | number | EnvRef | ParamRef<string> | ParamRef<number> | ParamRef<boolean>>
>;

/** The options that tasks and services share. */
interface CommonOptions {
  readonly inputs?: readonly AnyInput[] | Readonly<Record<string, AnyInput>>;
  readonly env?: Environment;
  readonly cwd?: string;
  readonly after?: readonly (Task | Units)[];
  readonly description?: string;
}

/** What the declarations of tasks and services share. */
export function commonParts(action: ActionDeclaration, options: CommonOptions, location: Location) {
  const { inputs = [], env = {}, cwd, after = [], description } = options;
  return {
    kind: "task",
    action,
    inputs: inputsOf(inputs, location),
    env: environmentOf(env, location),
    after: afterOf(after, location),
    ...defined({ cwd, description }),
  } as const;
}

function inputsOf(
  inputs: readonly AnyInput[] | Readonly<Record<string, AnyInput>>,
  location: Location,
): TaskDeclaration["inputs"] {
  const pairs: (readonly [string | undefined, unknown])[] = Array.isArray(inputs)
    ? inputs.map((input: unknown) => [undefined, input] as const)
    : Object.entries(inputs);
  return pairs.map(([label, input]) => {
    const declaration = declarationOf(input);
    if (declaration === undefined) throw notAnInput(label, location, [CAPTURED]);
    if (!isReference(declaration.kind)) throw notAnInput(label, location);
    return { ...defined({ label }), reference: declaration as Reference };
  });
}

function isReference(kind: string): boolean {
  return !["out", "depfile", "config"].includes(kind);
}

function afterOf(after: readonly unknown[], location: Location): TaskDeclaration["after"] {
  return after.map((handle) => {
    const declaration = declarationOf(handle);
    if (declaration?.kind === "task" || declaration?.kind === "each") return declaration;
    throw notAnInput("after", location);
  });
}

function environmentOf(env: Environment, location: Location): TaskDeclaration["env"] {
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

export function timeoutOf(text: string, location: Location): number {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw badDuration("a timeout", text, location);
  return parsed;
}

export function notACommand(of: "task" | "service", location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2016",
    severity: "error",
    message: `the first argument of ${of}() is not a command`,
    location,
    help: [
      `pass a command first: ${of}(sh\`…\`, { … }) or ${of}(exec([…]), { … })`,
      ...(of === "task" ? ["or a function: task({ inputs, outputs, run({ inputs, outputs }) { … } })"] : []),
    ],
  });
}

function notAValue(name: string, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2019",
    severity: "error",
    message: `the variable ${name} has an unusable value`,
    location,
    help: ["use text, a number, env() or param(); put a path into the command"],
  });
}

const CAPTURED =
  "a value that is there already, such as an element of each(), is no input: use it in the function, which captures it";

function notAnInput(label: string | undefined, location: Location, help: readonly string[] = []): DiagnosticError {
  return new DiagnosticError({
    code: "INC2017",
    severity: "error",
    message: `${label === undefined ? "an input" : `the input "${label}"`} is not a possible input of a task`,
    location,
    help: ["use file(), files(), param(), env(), tool(), a task, or one of its outputs", ...help],
  });
}
