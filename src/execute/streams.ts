import type { Task } from "../model/graph.ts";

/** The index of the output that takes what the command prints; undefined: the log does. */
export function stdoutOf({ action, outputs }: Task): number | undefined {
  const value = outputs.findIndex((output) => output.value !== undefined);
  if (value >= 0) return value;
  return action.kind === "exec" ? action.stdout : undefined;
}
