import type { CodeSite, CodeSlice } from "../code/code-slice.ts";

/** A function of a Python module, by its name. */
export interface PythonEntry {
  /** Absolute path. */
  readonly module: string;
  /** At the top of the module. */
  readonly name: string;
}

/** What slices of Python functions are made from. All paths absolute. */
export interface PythonSite extends CodeSite {
  /** The interpreter that runs the functions, of Python 3.9 or later. */
  readonly interpreter: string;
}

export interface PythonParameter {
  readonly name: string;
  /** `plain`: by name or by place; `positional`: by place alone; `keyword`: by name alone; `rest`: `*args`; `named-rest`: `**kwargs`. */
  readonly kind: "plain" | "positional" | "keyword" | "rest" | "named-rest";
  /** False: it has a default, or takes any number of arguments. */
  readonly required: boolean;
}

/** The code that a Python function reaches. */
export interface PythonSlice extends CodeSlice {
  /** Undefined: not known without running code, as a decorator or a call decides it. */
  readonly parameters: readonly PythonParameter[] | undefined;
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  /** Absolute path of the directory that has to come first in `sys.path`: the one in which the module's name begins. */
  readonly importRoot: string;
  /** The name to import the module by, with dots. */
  readonly moduleName: string;
}
