import type { Cause, LineageDifference } from "../../lineage/difference.ts";
import { printable } from "../../model/printable.ts";
import { describeChanges } from "../explain/changes.ts";

/** Says why two versions differ, one cause after the other. */
export function renderDifference(difference: LineageDifference, options: { readonly color: boolean }): string {
  const { before, after, same, causes } = difference;
  const [a, b] = [printable(before), printable(after)];
  if (before === after) return `${a} is the same version`;
  if (same) return `${a} and ${b} are the same, byte for byte`;
  return [
    `${a} and ${b} differ, because of:`,
    ...causes.flatMap((cause) => causeLines(cause, options).map(indent)),
  ].join("\n");
}

function causeLines({ leaf, tasks }: Cause, options: { readonly color: boolean }): readonly string[] {
  const where = tasks.length === 0 ? "" : `  (${taskList(tasks)})`;
  if (leaf.kind === "nondeterministic")
    return [`${printable(leaf.name)}  made twice from the same inputs, with different results${where}`];
  if (leaf.kind === "given")
    return [
      `${printable(leaf.name)}  came from outside: no task made ${printable(leaf.before)} and ${printable(leaf.after)}`,
    ];
  const [first = "", ...rest] = describeChanges([leaf.change], options);
  const versions =
    leaf.before !== undefined && leaf.after !== undefined
      ? `  @${numberOf(leaf.before)} → @${numberOf(leaf.after)}`
      : "";
  return [`${first}${versions}${where}`, ...rest];
}

function taskList(tasks: readonly string[]): string {
  const named = tasks.slice(0, 3).map((task) => printable(task));
  const rest = tasks.length - named.length;
  return `${tasks.length === 1 ? "task" : "tasks"} ${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function numberOf(id: string): string {
  return id.slice(id.lastIndexOf("@") + 1);
}

function indent(line: string): string {
  return `  ${line}`;
}
