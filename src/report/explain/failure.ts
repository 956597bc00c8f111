import type { Failure } from "../../model/event.ts";

/** How a function ended that failed in its own process. */
export const FAILED = "failed";

/** How the last attempt of a failed task ended. */
export function describeEnding({ outcome, exit, signal, command }: Failure): string {
  if (outcome === "timeout") return "timeout";
  if (signal !== undefined) return `signal ${signal}`;
  if (exit !== undefined) return `exit code ${exit}`;
  // Of a function that failed in its own process, its diagnostics say how.
  return command === "" ? "not started" : FAILED;
}
