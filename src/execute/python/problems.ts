import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { workspacePath } from "../../model/path.ts";
import { printable } from "../../model/printable.ts";
import type { AttemptResult } from "../executor.ts";
import { killedFromOutside } from "../killed.ts";
import type { PythonEnd, PythonPlace } from "./protocol.ts";
import type { PythonReport } from "./report.ts";

interface Ended extends Pick<PythonReport, "end" | "refused"> {
  readonly result: AttemptResult;
  /** Absolute path of the workspace. */
  readonly root: string;
}

/** What is wrong with the attempt of a Python function. What names no line of a module is shown where the task is declared. */
export function pythonProblems(task: Task, { end, refused, result, root }: Ended): readonly Diagnostic[] {
  const [first] = refused;
  if (first !== undefined) return [wrote(task, workspacePath(root, first.refused), first.place)];
  if (end === undefined) return [broughtDown(task, result)];
  const problem = problemOf(task, end);
  return problem === undefined ? [] : [problem];
}

/** What is wrong with how a call ended, or what it said of a unit. */
export function problemOf(task: Task, end: PythonEnd): Diagnostic | undefined {
  const text = textOf(task, end);
  const place = "place" in end ? end.place : null;
  return text && { severity: "error", location: locationOf(place) ?? task.location, ...text };
}

type Text = Pick<Diagnostic, "code" | "message"> & Partial<Pick<Diagnostic, "notes" | "help">>;

function textOf(task: Task, end: PythonEnd): Text | undefined {
  const of = `the function of task "${task.id}"`;
  switch (end.end) {
    case "returned":
      return undefined;
    case "surplus":
    case "no-values":
    case "no-value":
    case "not-json":
      return misreturned(of, end);
    case "raised": {
      const message = end.message === "" ? "" : `: ${printable(end.message)}`;
      return { code: "INC4330", message: `${of} raised ${printable(end.type)}${message}` };
    }
    case "memory":
      return {
        code: "INC4333",
        message: `${of} got no more memory`,
        help: ["read its inputs in pieces, or run fewer tasks at a time: --jobs 1"],
      };
    case "exited":
      return {
        code: "INC4332",
        message: `${of} called sys.exit(${end.code})`,
        help: ["return when all is well, and raise an exception when it is not"],
      };
    case "differs":
    case "missing":
      return unfound(task, end);
  }
}

type Misreturned = Extract<PythonEnd, { readonly end: "surplus" | "no-values" | "no-value" | "not-json" }>;

/** It returned what it should not. @param of The function. */
function misreturned(of: string, end: Misreturned): Text {
  switch (end.end) {
    case "surplus":
      return {
        code: "INC4338",
        message: `${of} returned ${printable(end.what)}, which is no value of the task`,
        help: ['to keep it as the value of the task: value: "json"; else return nothing'],
      };
    case "no-values":
      return {
        code: "INC4338",
        message: `${of} returned ${printable(end.what)}, not the values of its units`,
        help: ["return a dict of the values by the keys of the units, or yield them one by one: yield key, value"],
      };
    case "no-value":
      return {
        code: "INC4338",
        message: `${of} gave no value for "${printable(end.key)}"`,
        help: ["give a value for the key of each unit, or say why there is none: yield key, error"],
      };
    case "not-json":
      return {
        code: "INC4311",
        message: `${of} returned ${end.pointer === "" ? "" : `something in which ${end.pointer} is `}${printable(end.what)}: a value is JSON`,
        help: [end.help ?? "return dicts with text as keys, lists, text, finite numbers, True, False and None"],
      };
  }
}

/** The function was not called. */
function unfound({ id, action }: Task, end: Extract<PythonEnd, { readonly end: "differs" | "missing" }>): Text {
  if (end.end === "differs")
    return {
      code: "INC4354",
      message: `task "${id}" came to a machine with another Python than this one: ${end.what.join("; ")}`,
      help: ['install the same versions on all machines, or run it on this one: executor: "local"'],
    };
  const python = action.kind === "function" ? action.python : undefined;
  return {
    code: "INC4339",
    message: `${python?.module} has no function "${python?.name}" once it is loaded`,
    help: ["define it at the top of the module, in whatever way the module is loaded"],
  };
}

function wrote({ id, location }: Task, path: string, place: PythonPlace): Diagnostic {
  return {
    code: "INC4334",
    severity: "error",
    message: `the function of task "${id}" writes "${path}", which is none of its outputs`,
    location: locationOf(place) ?? location,
    notes: [{ message: "a restored result would lack it" }],
    help: [
      `declare it: outputs: { name: "${path}" }, or mutates: ["${path}"] when it is changed in place`,
      "put what only the function needs in a directory of its own: tempfile.mkdtemp()",
    ],
  };
}

function broughtDown({ id, location }: Task, { exit, signal }: AttemptResult): Diagnostic {
  if (signal === "SIGKILL") return { ...killedFromOutside(id), location };
  return {
    code: "INC4332",
    severity: "error",
    location,
    message: `the function of task "${id}" ended its process: ${signal === undefined ? `exit code ${exit}` : `signal ${signal}`}`,
    help: [
      signal === undefined
        ? "return when all is well, and raise an exception when it is not: os._exit() says nothing"
        : "look at its log, which has the line of Python: a native module may have crashed",
    ],
  };
}

function locationOf(place: PythonPlace): Diagnostic["location"] {
  return place === null ? undefined : { file: place[0], line: place[1], column: 1 };
}
