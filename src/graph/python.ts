import type { PythonDeclaration, Reference, TaskDeclaration } from "../manifest/declaration.ts";
import { defined } from "../model/defined.ts";
import type { Location } from "../model/location.ts";
import type { FunctionAction, FunctionCode, FunctionInput, PythonCall } from "../model/task/action.ts";
import type { Concrete } from "./concrete.ts";
import type { Paths } from "./paths.ts";
import type { Resolver } from "./resolve.ts";

/** A Python function, and what runs it. Paths relative to the workspace. */
export interface PythonPlace {
  readonly module: string;
  readonly name: string;
  /** The tool that its author names; undefined: the usual one. */
  readonly interpreter: string | undefined;
  /** The task's working directory. */
  readonly cwd: string;
}

/** What a task asks of the code of a Python function. */
export interface AskedPython extends PythonPlace {
  readonly version: string | undefined;
  /** It is called for several units at once. */
  readonly isForAll: boolean;
  /** The names under which it is given what it is called with. */
  readonly given: readonly string[];
  readonly location: Location;
}

export interface FoundPython extends Pick<PythonCall, "importRoot" | "moduleName"> {
  readonly code: FunctionCode;
  /** Name of the tool. */
  readonly interpreter: string;
}

export type PythonCodeOf = (asked: AskedPython) => FoundPython;

interface Resolving {
  readonly builder: { add(reference: Reference): number[] };
  readonly resolver: Resolver;
  readonly codeOf: PythonCodeOf;
}

/** Resolves the action of a task that calls a Python function. @param inputs Those that it is called with. */
export function resolvePython(
  { declaration }: Concrete,
  declared: PythonDeclaration,
  inputs: readonly FunctionInput[],
  { builder, resolver, codeOf }: Resolving,
): FunctionAction {
  const { version, all, interpreter: named, location } = declared;
  const called = placeOf(declaration, declared, resolver.paths);
  const isForAll = all === true;
  const asked = { ...called, version, isForAll, given: isForAll ? ["units"] : givenTo(declaration), location };
  const { code, interpreter, ...place } = codeOf(asked);
  const [index = 0] = builder.add(named ?? { kind: "tool", name: interpreter, location });
  const { module, name } = called;
  return {
    kind: "function",
    inputs,
    code,
    ...defined({ all }),
    python: { interpreter: index, module, name, ...place },
  };
}

/** The Python functions of all tasks, each once. */
export function pythonPlaces(tasks: Iterable<Concrete>, paths: Paths): readonly PythonPlace[] {
  const places = new Map<string, PythonPlace>();
  for (const { declaration } of tasks) {
    if (declaration.action.kind !== "python") continue;
    const place = placeOf(declaration, declaration.action, paths);
    places.set(JSON.stringify(place), place);
  }
  return [...places.values()];
}

function placeOf(task: TaskDeclaration, declared: PythonDeclaration, paths: Paths): PythonPlace {
  const module = paths.resolve(declared.module, "the Python module", declared);
  const cwd = paths.resolve(task.cwd ?? ".", "the working directory", task);
  return { module, name: declared.name, interpreter: declared.interpreter?.name, cwd };
}

function givenTo({ inputs, outputs }: TaskDeclaration): readonly string[] {
  return [...inputs.map(({ label = "" }) => label), ...outputs.map(({ name }) => name)];
}
