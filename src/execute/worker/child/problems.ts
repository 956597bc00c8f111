import { resolve } from "node:path";
import { inspect } from "node:util";
import type { NotJson } from "../../../content/returned.ts";
import { locate } from "../../../manifest/load/error-place.ts";
import { isOwnModule, isPackage } from "../../../manifest/module-path.ts";
import { defined } from "../../../model/defined.ts";
import { type Diagnostic, DiagnosticError } from "../../../model/diagnostic.ts";
import { workspacePath } from "../../../model/path.ts";
import type { Job } from "../protocol.ts";

/** What a function threw, at the line of the nearest of the manifest's modules. */
export function thrown(task: string, error: unknown, modules: ReadonlySet<string>): readonly Diagnostic[] {
  if (error instanceof DiagnosticError) return error.diagnostics;
  if (!(error instanceof Error))
    return [
      {
        code: "INC4330",
        severity: "error",
        message: `the function of task "${task}" threw ${inspect(error, { breakLength: Number.POSITIVE_INFINITY })}`,
        help: ["throw an Error instead, so that inc can report its line"],
      },
    ];
  return [
    {
      code: "INC4330",
      severity: "error",
      message: `the function of task "${task}" threw ${error.name}: ${error.message.split("\n")[0]}`,
      ...defined({ location: ownPlace(error, modules) }),
    },
  ];
}

/** A frame of a stack: its file, and the brace that begins the properties of an error behind its last frame. */
const FRAME = /^\s+at (?:async )?(?:.*\()?([^()]+):\d+:\d+\)?( \{)?$/;

/** The stack as its author knows the files: evaluating a manifest anew gives them other names, and inc's own frames are left out. */
export function stackOf(error: unknown): string {
  const text = error instanceof Error ? inspect(error) : `Uncaught ${inspect(error)}`;
  const lines: string[] = [];
  for (const line of text
    .replaceAll(/\?evaluation=\d+/g, "")
    .replaceAll("file://", "")
    .split("\n")) {
    const [, path = "", brace = ""] = FRAME.exec(line) ?? [];
    if (!path.startsWith("node:internal/") && !isOwnModule(path)) lines.push(line);
    else if (lines.length > 0) lines.push(`${lines.pop()}${brace}`);
  }
  return lines.join("\n");
}

export function ownPlace(error: Error, modules: ReadonlySet<string>): Diagnostic["location"] {
  return locate(
    error,
    [...modules].filter((path) => !isPackage(path)),
  );
}

export function neverSettles(task: string): Diagnostic {
  return {
    code: "INC4331",
    severity: "error",
    message: `the function of task "${task}" awaits something that never comes`,
    notes: [{ message: "nothing is left in its process that could settle its promise" }],
    help: ["look for a promise that is never resolved, and for a callback that is never called"],
  };
}

export function exited(task: string, code: number, location: Diagnostic["location"]): Diagnostic {
  return {
    code: "INC4332",
    severity: "error",
    message: `the function of task "${task}" called process.exit(${code})`,
    ...defined({ location }),
    help: ["return when all is well, and throw an Error when it is not"],
  };
}

export function setExitCode(task: string, code: number | string): Diagnostic {
  return {
    code: "INC4332",
    severity: "error",
    message: `the function of task "${task}" set process.exitCode to ${code}`,
    help: ["throw an Error instead: a function that returns has ended well"],
  };
}

/** What a function returned that is no value. */
export function notJson(task: string, { pointer, what }: NotJson): Diagnostic {
  const where = pointer === "" ? "" : ` in which ${pointer} is ${what}`;
  return {
    code: "INC4311",
    severity: "error",
    message: `the function of task "${task}" returned ${pointer === "" ? what : `something${where}`}: a value is JSON`,
    help: ["return plain objects, arrays, text, finite numbers, booleans and null; a Date as text: date.toISOString()"],
  };
}

/** What a function returned for several units that is not a value for each. */
export function noValues(task: string, value: unknown): Diagnostic {
  return {
    code: "INC4338",
    severity: "error",
    message: `the function of task "${task}" returned ${inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY })}, not the values of its units`,
    help: ["return a Map of the values by the keys of the units: new Map([[key, value]])"],
  };
}

export function valueMissing(task: string, key: string): Diagnostic {
  return {
    code: "INC4338",
    severity: "error",
    message: `the function of task "${task}" returned no value for "${key}"`,
    help: ["put a value into the Map for the key of each unit, or say why there is none: unit.fail(error)"],
  };
}

/** A task that does not say that it has a value has none. */
export function returned(task: string, value: unknown): Diagnostic {
  return {
    code: "INC4338",
    severity: "error",
    message: `the function of task "${task}" returned ${inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY })}, which is no value of the task`,
    help: ['to keep it as the value of the task: value: "json"'],
  };
}

export function wrote({ task, workspace }: Job, path: string, location: Diagnostic["location"]): Diagnostic {
  const named = workspacePath(workspace, resolve(path));
  return {
    code: "INC4334",
    severity: "error",
    message: `the function of task "${task}" writes "${named}", which is none of its outputs`,
    ...defined({ location }),
    notes: [{ message: "a restored result would lack it" }],
    help: [
      `declare it: outputs: { name: "${named}" }, or mutates: ["${named}"] when it is changed in place`,
      "put what only the function needs in a directory of its own: mkdtemp(join(tmpdir(), …))",
    ],
  };
}
