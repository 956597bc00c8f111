import type { Exit } from "../../host/process/process.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { killedFromOutside } from "../killed.ts";

/** What names no line of its own is shown where the task is declared. */
export function located({ location }: Task, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.map((one) => (one.location === undefined ? { ...one, location } : one));
}

/** How V8 says in the log that it has no room left. */
const NO_MEMORY = /JavaScript heap out of memory|Reached heap limit|invalid array length Allocation failed/;

/** Why the process of a function ended though the function had not. @param tail The end of what it printed. */
export function crashed(task: string, { exit, signal, error }: Exit, tail: string): Diagnostic {
  const base = { severity: "error" } as const;
  if (error !== undefined)
    return {
      ...base,
      code: "INC4301",
      message: `the process for the function of task "${task}" could not be started: ${error.code ?? error.message}`,
    };
  if (NO_MEMORY.test(tail))
    return {
      ...base,
      code: "INC4333",
      message: `the function of task "${task}" needs more memory than its process may have`,
      help: [
        "read a stream instead of whole files: inputs.name.stream()",
        "or give it more, in MiB: NODE_OPTIONS=--max-old-space-size=8192 inc run",
      ],
    };
  if (signal === "SIGKILL") return killedFromOutside(task);
  return {
    ...base,
    code: "INC4332",
    message: `the function of task "${task}" ended its process: ${signal === undefined ? `exit code ${exit}` : `signal ${signal}`}`,
    help: ["look at its log: a native module may have crashed"],
  };
}
