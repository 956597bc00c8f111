import { DiagnosticError } from "../model/diagnostic.ts";
import { callSite, type Origin, origin } from "./call-site.ts";
import type { ToolDeclaration } from "./declaration.ts";
import { declarationOf } from "./handle.ts";
import type { ToolRef } from "./handles.ts";

export interface PythonOptions {
  /**
   * What runs the functions, of Python 3.9 or later. Default: the workspace's `.venv/bin/python` or `venv/bin/python`, where there is
   * one, else `python3`.
   * @example python("etl.py", { interpreter: tool("envs/etl/bin/python") })
   */
  readonly interpreter?: ToolRef;
}

/** A Python module whose functions can be those of tasks. */
export class PythonModule {
  readonly #path: string;
  readonly #origin: Origin;
  readonly #interpreter: ToolDeclaration | undefined;

  constructor(path: string, origin: Origin, interpreter: ToolDeclaration | undefined) {
    this.#path = path;
    this.#origin = origin;
    this.#interpreter = interpreter;
  }

  /**
   * A function at the top of the module, as the `run` of a task. `V`: type of what it returns, where that is a value.
   * @example task({ inputs: { table }, outputs: { out: "build/clean.parquet" }, run: etl.fn("clean") })
   */
  // biome-ignore lint/suspicious/noExplicitAny: JSON of another language may be anything, as what JSON.parse gives.
  fn<V = any>(name: string): PythonFunction<V> {
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw unusableName(name);
    return new PythonFunction<V>(this.#path, name, { origin: this.#origin, interpreter: this.#interpreter });
  }
}

/** A Python function; only a task calls it. */
export class PythonFunction<V = unknown> {
  declare readonly valueType: V;
  /** As the manifest wrote it. */
  readonly module: string;
  readonly name: string;
  /** Where the module was named, and how it runs. */
  readonly of: { readonly origin: Origin; readonly interpreter: ToolDeclaration | undefined };

  constructor(module: string, name: string, of: PythonFunction["of"]) {
    this.module = module;
    this.name = name;
    this.of = of;
  }
}

/**
 * A Python module, by its path relative to the manifest. Its functions are plain ones, which import nothing of inc: a task calls one with its
 * inputs and outputs by name.
 * @example const etl = python("etl.py");
 */
export function python(path: string, options: PythonOptions = {}): PythonModule {
  if (typeof path !== "string" || !path.endsWith(".py")) throw unusablePath(path);
  for (const name of Object.keys(options)) if (name !== "interpreter") throw unusableOption(name);
  const { interpreter } = options;
  const declaration = interpreter === undefined ? undefined : declarationOf(interpreter);
  if (interpreter !== undefined && declaration?.kind !== "tool") throw unusableInterpreter();
  return new PythonModule(path, origin(), declaration as ToolDeclaration | undefined);
}

function unusable(message: string, help: string): DiagnosticError {
  return new DiagnosticError({ code: "INC2048", severity: "error", message, location: callSite(), help: [help] });
}

function unusablePath(path: unknown): DiagnosticError {
  return unusable(
    `python() is given ${JSON.stringify(path)}, which is no path of a module`,
    'name its file, relative to the manifest: python("etl.py"), or python("pkg/__init__.py") for a package',
  );
}

function unusableOption(name: string): DiagnosticError {
  return unusable(`python() has no option "${name}"`, "its only option is interpreter");
}

function unusableInterpreter(): DiagnosticError {
  return unusable(
    'the option "interpreter" of python() is no tool',
    'use a tool: { interpreter: tool(".venv/bin/python") }',
  );
}

function unusableName(name: string): DiagnosticError {
  return unusable(
    `fn() is given ${JSON.stringify(name)}, which is no name of a function`,
    'name a function at the top of the module: fn("clean")',
  );
}
