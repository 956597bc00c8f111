import { closeSync, constants, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { canonicalValue, LARGEST_VALUE, type ValueProblem } from "../content/value.ts";
import { Contained } from "../host/files/contained.ts";
import { writeAll } from "../host/files/write-all.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Output, Task } from "../model/graph.ts";
import { printable } from "../model/printable.ts";

/** How much of a line that is no JSON is shown. */
const SHOWN = 60;

/** Gives what a task printed as its value the one form that values have, at its place. */
export function settleValue(task: Task, workspace: string): readonly Diagnostic[] {
  const output = task.outputs.find(({ value }) => value !== undefined);
  if (output?.value === undefined) return [];
  const path = join(workspace, output.path);
  const { size } = statSync(path);
  // Not read as a whole: it may be larger than memory.
  const raw = size > LARGEST_VALUE ? { length: size } : readFileSync(path);
  const canonical = canonicalValue(raw as Uint8Array, output.value);
  if (!canonical.ok) return [unusable(task, output, canonical.problem)];
  writeValue(task, canonical.bytes, workspace);
  return [];
}

/** Puts the value of a task where it belongs. */
export function writeValue(task: Task, bytes: Uint8Array, workspace: string): void {
  const output = task.outputs.find(({ value }) => value !== undefined);
  if (output === undefined) return;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
  const file = new Contained(workspace).open(output.path, flags);
  try {
    writeAll(file, bytes);
  } finally {
    closeSync(file);
  }
}

function unusable(task: Task, { location }: Output, { what, help, place }: ValueProblem): Diagnostic {
  const shown = printable(place?.text.slice(0, SHOWN) ?? "");
  return {
    code: "INC4311",
    severity: "error",
    message: `task "${task.id}" succeeded, but what ${task.action.kind === "function" ? "its function returned" : "it printed"} as its value ${what}`,
    location,
    ...(place === undefined
      ? {}
      : { notes: [{ message: `line ${place.line}, column ${place.column} of what it printed: ${shown}` }] }),
    help: [help],
  };
}
