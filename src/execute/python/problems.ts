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
  const text = textOf(task, end);
  if (text === undefined) return [];
  const place = "place" in end ? end.place : null;
  return [{ severity: "error", location: locationOf(place) ?? task.location, ...text }];
}

type Text = Pick<Diagnostic, "code" | "message"> & Partial<Pick<Diagnostic, "notes" | "help">>;

function textOf({ id, action }: Task, end: PythonEnd): Text | undefined {
  const of = `the function of task "${id}"`;
  switch (end.end) {
    case "returned":
      return undefined;
    case "surplus":
      return {
        code: "INC4338",
        message: `${of} returned ${printable(end.what)}, which is no value of the task`,
        help: ['to keep it as the value of the task: value: "json"; else return nothing'],
      };
    case "not-json":
      return {
        code: "INC4311",
        message: `${of} returned ${end.pointer === "" ? "" : `something in which ${end.pointer} is `}${printable(end.what)}: a value is JSON`,
        help: [end.help ?? "return dicts with text as keys, lists, text, finite numbers, True, False and None"],
      };
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
      return {
        code: "INC4354",
        message: `task "${id}" came to a machine with another Python than this one: ${end.what.join("; ")}`,
        help: ['install the same versions on all machines, or run it on this one: executor: "local"'],
      };
    case "missing": {
      const python = action.kind === "function" ? action.python : undefined;
      return {
        code: "INC4339",
        message: `${python?.module} has no function "${python?.name}" once it is loaded`,
        help: ["define it at the top of the module, in whatever way the module is loaded"],
      };
    }
  }
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
