import { isMutated } from "../../graph/mutations.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import type { Flights } from "../attempt/flights.ts";
import type { RunPins } from "../decide/pins.ts";
import type { Session } from "../session/session.ts";
import { saidOfWriters, writersOf } from "../session/writers.ts";

/**
 * Looks again at the outputs of all tasks that ended well, and returns those that were overwritten or removed since: their
 * tasks are decided anew, which puts them back. Outputs of running attempts are left out. Each case is reported.
 */
export function lookAtOutputs(session: Session, { untouched }: RunPins, flights: Flights): readonly string[] {
  const { tasks, tally, workspace, artifacts, ledger, intervals } = session;
  // The outputs of a stale manual task that was not to run may be anything.
  const good = untouched.othersOf(tasks).filter(({ id }) => !flights.has(id) && tally.succeeded(id));
  const ran = new Set(intervals.map(({ task }) => task));
  const mutating = tasks.filter(({ id, mutates }) => mutates.length > 0 && ran.has(id));
  const hasMoved = workspace.index.vouched.look();
  const others = outputsOf(untouched.tasks.filter(({ outputs }) => outputs.some(({ path }) => hasMoved(path))));
  const outputs = [...others, ...outputsOf(good)];
  const moved = new Set(workspace.index.moved(outputs.map(({ path }) => path)));
  for (const { path } of others) moved.add(path);
  return outputs.flatMap(({ task, path }) => {
    if (moved.has(path)) workspace.index.forget(path);
    const owned = ledger.get(path);
    if (owned?.task !== task.id || sameIdentity(artifacts.identify(path), owned.identity)) return [];
    if (mutating.some((other) => isMutated(other, path))) return [];
    session.emit({ kind: "diagnostic", diagnostic: writtenOver(session, task, path) });
    return [path];
  });
}

function outputsOf(tasks: readonly Task[]): readonly { readonly task: Task; readonly path: string }[] {
  const outputs: { readonly task: Task; readonly path: string }[] = [];
  for (const task of tasks) for (const { path } of task.outputs) outputs.push({ task, path });
  return outputs;
}

/**
 * What has moved of the paths that only the opening look has seen.
 *
 * A run that ends well vouches for one state of all inputs: there was a moment at which every one was as its results take it.
 * Take the moment T before the opening look. What looked the same then was so at T, since its times would tell a change after it
 * was recorded. What this round read instead holds until its end, which the sweep makes sure of, and held at T if it was last
 * changed before T. Then T is such a moment, and what else has changed since is the next run's. Only if something that this round
 * read was changed after T, or is gone, everything is examined once more.
 */
export function movedSinceOpening(session: Session, { untouched }: RunPins): readonly string[] {
  const { workspace, tally, tasks } = session;
  const { look, index } = workspace;
  if (look === undefined || untouched.tasks.length === 0) return [];
  const ours = new Set(
    outputsOf(untouched.othersOf(tasks)).flatMap(({ task, path }) => (tally.result(task.id) === "fresh" ? [] : [path])),
  );
  const isLate =
    look.moved.some((path) => workspace.typeOf(path) === undefined) ||
    index.changedSince(look.since, (path) => ours.has(path));
  return isLate ? index.vouched.moved() : [];
}

function writtenOver(session: Session, task: Task, path: string): Diagnostic {
  const writers = writersOf(session, path, task.id);
  const isThere = session.artifacts.identify(path) !== undefined;
  const [writer] = writers;
  return {
    code: "INC4222",
    severity: "warning",
    message: `"${path}" of task "${task.id}" was ${isThere ? "overwritten" : "removed"} after the task made it, ${saidOfWriters(writers)}`,
    location: session.graph.tasks.find(({ id }) => id === writer)?.location ?? task.location,
    notes: [{ message: `the output of "${task.id}" is put back: an output is what its task makes` }],
    help: ["let one task make it, and each task write its own outputs only"],
  };
}
