import type { Failure } from "../../model/event.ts";

/** How the last attempt of a failed task ended. */
export function describeEnding({ outcome, exit, signal, command }: Failure): string {
  if (outcome === "timeout") return "timeout";
  if (signal !== undefined) return `signal ${signal}`;
  if (exit !== undefined) return `exit code ${exit}`;
  // A function fails without a code.
  return command === "" ? "not started" : "failed";
}
