import type { Diagnostic } from "../model/diagnostic.ts";
import type { Location } from "../model/location.ts";
import type { Batched, Concrete } from "./concrete.ts";

/** Functions for several units that no `each` gives several, and an `each` with a batch that has no such function. */
export function batchProblems(tasks: Iterable<Concrete>): readonly Diagnostic[] {
  const unused = new Map<string, Batched>();
  const used = new Set<string>();
  const problems: Diagnostic[] = [];
  for (const { declaration, batch } of tasks) {
    const { action, location } = declaration;
    const isForAll = (action.kind === "function" || action.kind === "python") && action.all === true;
    if (batch === undefined) {
      if (isForAll) problems.push(noBatch(location));
      continue;
    }
    const each = JSON.stringify(batch.location);
    if (isForAll) used.add(each);
    else unused.set(each, batch);
  }
  return [...problems, ...[...unused].flatMap(([each, batch]) => (used.has(each) ? [] : [noFunction(batch)]))];
}

function noBatch(location: Location): Diagnostic {
  return {
    code: "INC2535",
    severity: "error",
    message: 'a task has a function for several units, "runAll", but no each() gives it several',
    location,
    help: ["give the each() that it is in a batch: each(set, { batch: 200 }, …), or call the function run"],
  };
}

function noFunction({ size, location }: Batched): Diagnostic {
  return {
    code: "INC2535",
    severity: "error",
    message: `each() has a batch of ${size}, but its callback returns no task with "runAll"`,
    location,
    help: ["give the task a function for several units: async runAll({ units }) { … }, or leave the batch out"],
  };
}
