import type { Diagnostic } from "../../model/diagnostic.ts";
import type { PythonProblem } from "./answer.ts";
import type { Asked } from "./ask.ts";
import type { PythonEntry } from "./python-slice.ts";

type Text = Pick<Diagnostic, "code" | "message" | "help">;

const TEXTS: Readonly<Record<string, (text: string) => Text>> = {
  "computed-variable": () => ({
    code: "INC2040",
    message: "code of a Python function reads an environment variable whose name is computed",
    help: [
      'write the name: os.environ["NAME"], so that a change of its value reruns the task',
      'or pass the value as an input: inputs: { name: env("NAME") }',
    ],
  }),
  "computed-import": () => ({
    code: "INC2041",
    message: "code of a Python function imports a module whose name is computed",
    help: [
      'write the name, or begin it with the package: import_module(f"handlers.{name}"), so that each module there counts',
      'or give the task a version: version: "1", to be raised when its code changes',
    ],
  }),
  "search-path": () => ({
    code: "INC2044",
    message: "code of a Python function changes sys.path, so where its imports lead is not known",
    help: [
      "install the package that it looks for, also with `pip install -e`, or put the modules beside the function's own",
      'or give the task a version: version: "1", to be raised when its code changes',
    ],
  }),
  syntax: (text) => ({
    code: "INC2045",
    message: `a Python module cannot be read: ${text}`,
    help: ["correct it, or have the task run with an interpreter that knows this syntax"],
  }),
  "no-module": () => ({
    code: "INC2046",
    message: "there is no such Python module",
    help: ["correct the path in python(…), which is relative to the manifest"],
  }),
  "no-function": (text) => ({
    code: "INC2046",
    message: `the Python module has no function "${text}" at its top`,
    help: ["correct the name in fn(…), or define the function in the module"],
  }),
};

export function problemOf({ kind, file, line, column, text }: PythonProblem): Diagnostic {
  const known = TEXTS[kind];
  if (known === undefined) throw new Error(`the slicer of Python names a problem that inc does not know: ${kind}`);
  return { ...known(text), severity: "error", location: { file, line, column } };
}

/** No slice of a function, as its interpreter gave no answer. */
export function unanswered(
  interpreter: string,
  { module }: PythonEntry,
  { failed }: Extract<Asked, { failed: object }>,
): Diagnostic {
  const words = failed.words.trim().split("\n").at(-1) ?? "";
  return {
    code: "INC2047",
    severity: "error",
    message: `${interpreter} does not say what the code of a Python function is`,
    location: { file: module, line: 1, column: 1 },
    notes: words === "" ? [] : [{ message: words }],
    help: ["name an interpreter of Python 3.9 or later: python(…, { interpreter })"],
  };
}
