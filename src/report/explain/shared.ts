import { printable } from "../../model/printable.ts";
import type { SharedExplanation, SharedSource } from "../../run/shared-explanation.ts";
import { madeBy } from "../lineage/lines.ts";
import { localTime } from "../text/time.ts";
import { describeChanges } from "./changes.ts";

const WITHOUT: Readonly<Record<NonNullable<SharedExplanation["without"]>, string>> = {
  always: "it always runs, so that no result of it is shared",
  secret: "it has a secret, so that no result of it is shared",
  "in-place": "it works in place, so that no result of it is shared",
  service: "it is a service, which has no result",
  unknown: "what it would be made of is not known here",
};

/** What a shared cache has of a task, and in what the nearest result differs from what is here. */
export function sharedLines(shared: SharedExplanation, { color }: { readonly color: boolean }): readonly string[] {
  const { address, nearest, damaged, distrusted } = shared;
  return [
    `  in ${printable(address)}: ${found(shared)}`,
    ...(nearest === undefined ? [] : describeChanges(nearest.changes, { color }).map((line) => `    ${line}`)),
    ...(distrusted === 0 ? [] : [`  not compared: ${records(distrusted)} that no listed key signed`]),
    ...(damaged === 0 ? [] : [`  not compared: ${records(damaged)} that cannot be read`]),
  ];
}

function found({ task, without, same, nearest, compared }: SharedExplanation): string {
  const name = printable(task);
  if (without !== undefined) return `nothing of ${name}, as ${WITHOUT[without]}`;
  const differs = nearest && `${source(nearest)}, differs from what is here in`;
  if (same === undefined)
    return differs === undefined
      ? `no result of ${name} is known`
      : `no result of ${name} as it is now; the nearest of ${compared}, ${differs}`;
  if (!same.isOwn) return `the result of ${name} as it is now, ${source(same)}`;
  const own = `the result of ${name} as it is now, made here`;
  return differs === undefined ? `${own}, and no other` : `${own}; the nearest of ${compared - 1} others, ${differs}`;
}

function source(of: SharedSource): string {
  return `made by ${madeBy(of)} at ${localTime(of.made)} (${printable(of.scope)})`;
}

function records(count: number): string {
  return count === 1 ? "1 record" : `${count} records`;
}
