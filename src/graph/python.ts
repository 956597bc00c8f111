import type { PythonDeclaration, Reference, TaskDeclaration } from "../manifest/declaration.ts";
import type { Location } from "../model/location.ts";
import type { FunctionAction, FunctionCode, FunctionInput, PythonCall } from "../model/task/action.ts";
import type { Concrete } from "./concrete.ts";
import type { Resolver } from "./resolve.ts";

/** What a task asks of the code of a Python function. Paths relative to the workspace. */
export interface AskedPython {
  readonly module: string;
  readonly name: string;
  readonly version: string | undefined;
  /** The tool that its author names; undefined: the usual one. */
  readonly interpreter: string | undefined;
  /** The task's working directory. */
  readonly cwd: string;
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
  const { name, version, interpreter: named, location } = declared;
  const { paths } = resolver;
  const module = paths.resolve(declared.module, "the Python module", declared);
  const cwd = paths.resolve(declaration.cwd ?? ".", "the working directory", declaration);
  const given = givenTo(declaration);
  const asked = { module, name, version, interpreter: named?.name, cwd, given, location };
  const { code, interpreter, ...place } = codeOf(asked);
  const [index = 0] = builder.add(named ?? { kind: "tool", name: interpreter, location });
  return { kind: "function", inputs, code, python: { interpreter: index, module, name, ...place } };
}

function givenTo({ inputs, outputs }: TaskDeclaration): readonly string[] {
  return [...inputs.map(({ label = "" }) => label), ...outputs.map(({ name }) => name)];
}
