import type { Diagnostic } from "../../model/diagnostic.ts";
import type { CodeProblem, ModuleCode } from "./module/module-code.ts";

const TEXTS: Readonly<Record<CodeProblem["kind"], Pick<Diagnostic, "code" | "message" | "help">>> = {
  "computed-variable": {
    code: "INC2040",
    message: "code of a function task reads an environment variable whose name is computed",
    help: [
      "write the name: process.env.NAME, so that a change of its value reruns the task",
      'or pass the value as an input: inputs: { name: env("NAME") }',
    ],
  },
  "computed-import": {
    code: "INC2041",
    message: "code of a function task imports a module whose path is computed",
    help: [
      "write the path, or begin it with the directory: import(`./handlers/${name}.ts`), so that each module there counts",
      'or give the task a version: version: "1", to be raised when its code changes',
    ],
  },
  "captured-this": {
    code: "INC2042",
    message: "code of a function task uses the `this` of a function around it, which cannot be tracked",
    help: ["put what it needs from `this` into a constant before the task"],
  },
};

/** Line and column of an offset, from 1. */
export function placeIn({ lines }: ModuleCode, offset: number): { readonly line: number; readonly column: number } {
  let line = 0;
  for (let low = 0, high = lines.length - 1; low <= high; ) {
    const middle = (low + high) >> 1;
    if ((lines[middle] as number) <= offset) {
      line = middle;
      low = middle + 1;
    } else high = middle - 1;
  }
  return { line: line + 1, column: offset - (lines[line] as number) + 1 };
}

/** What is loaded with a manifest may change what any of its functions uses. */
const OF_LOADING: Pick<Diagnostic, "notes" | "help"> = {
  notes: [{ message: "it runs when the manifest is loaded, so it concerns every function task" }],
  help: ["move it into the function that needs it: then it concerns the tasks alone that call that"],
};

/** @param path Absolute, of the module. @param isLoading It is met when modules are loaded, whatever the function uses. */
export function problemOf({ kind, at }: CodeProblem, path: string, code: ModuleCode, isLoading: boolean): Diagnostic {
  const { help = [], ...text } = TEXTS[kind];
  const location = { file: path, ...placeIn(code, at) };
  if (!isLoading) return { ...text, severity: "error", location, help };
  return { ...text, ...OF_LOADING, severity: "error", location, help: [...help, ...(OF_LOADING.help ?? [])] };
}
