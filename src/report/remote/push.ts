import type { Unshared } from "../../access/stored-results.ts";
import { printable } from "../../model/printable.ts";
import type { Pushed } from "../../store/remote/push.ts";
import { formatSize } from "../text/size.ts";

/** Why results are left out, to follow the names of their tasks. */
const REASONS: Readonly<Record<Unshared, string>> = {
  always: "no result is shared of tasks that always run",
  secret: "no result is shared of tasks with a secret, which another store would not find",
  accepted: "accepted here with inc accept, and made of other inputs",
  taken: "made by other machines",
  none: "never ran here",
  failed: "failed last time",
  unstored: "not in the store",
  foreign: "not what the store says that it is",
};

/** How many names one line gives. */
const NAMED = 5;

export type LeftOut = readonly { readonly task: string; readonly why: Unshared }[];

/** What was uploaded, what was there, and what was left out and why. */
export function pushLines(pushed: Pushed, leftOut: LeftOut, address: string): readonly string[] {
  const { uploaded, present, unusable, failed, bytes } = pushed;
  const reasons = Object.keys(REASONS) as Unshared[];
  const groups = reasons.flatMap((why) => {
    const tasks = leftOut.filter((left) => left.why === why).map(({ task }) => task);
    return tasks.length === 0 ? [] : [`left out ${names(tasks)}: ${REASONS[why]}`];
  });
  return [
    ...groups,
    ...unusable.map(({ task, why }) => `left out ${printable(task)}: ${printable(why)}`),
    ...failed.map(({ task, why }) => `not uploaded ${printable(task)}: ${printable(why)}`),
    `uploaded ${results(uploaded.length)} (${formatSize(bytes)}) to ${address}, ${present.length} were there`,
  ];
}

function results(count: number): string {
  return count === 1 ? "1 result" : `${count} results`;
}

function names(tasks: readonly string[]): string {
  const shown = tasks.slice(0, NAMED).map(printable).join(", ");
  return tasks.length <= NAMED ? shown : `${shown} and ${tasks.length - NAMED} more`;
}
