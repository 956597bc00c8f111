import type { Diagnostic } from "../model/diagnostic.ts";

/** Why the process of a function ended by SIGKILL, which inc had not sent. */
export function killedFromOutside(task: string): Diagnostic {
  return {
    code: "INC4333",
    severity: "error",
    message: `the process of the function of task "${task}" was killed from outside`,
    notes: [{ message: "most often because the system had no memory left" }],
    help: ['run fewer tasks at a time: --jobs 1, or resources: { memory: "4GB" } of the task'],
  };
}
