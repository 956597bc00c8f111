import type { Failure } from "../../model/event.ts";

/** How the last attempt of a failed task ended. */
export function describeEnding({ outcome, exit, signal }: Failure): string {
  if (outcome === "timeout") return "timeout";
  if (signal !== undefined) return `signal ${signal}`;
  return exit === undefined ? "not started" : `exit code ${exit}`;
}
