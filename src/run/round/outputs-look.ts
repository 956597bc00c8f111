import { isMutated } from "../../graph/mutations.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import type { Flights } from "../attempt/flights.ts";
import type { Session } from "../session/session.ts";
import { saidOfWriters, writersOf } from "../session/writers.ts";

/**
 * Looks again at the outputs of all tasks that ended well, and returns those that were overwritten or removed since: their
 * tasks are decided anew, which puts them back. Outputs of running attempts are left out. Each case is reported.
 */
export function lookAtOutputs(session: Session, flights: Flights): readonly string[] {
  const { tasks, tally, workspace, artifacts, ledger, intervals } = session;
  // The outputs of a stale manual task that was not to run may be anything.
  const ended = tasks.filter(({ id }) => !flights.has(id));
  const good = ended.filter(({ id }) => tally.succeeded(id));
  const ran = new Set(intervals.map(({ task }) => task));
  const mutating = tasks.filter(({ id, mutates }) => mutates.length > 0 && ran.has(id));
  const outputs = good.flatMap((task) => task.outputs.map(({ path }) => ({ task, path })));
  const moved = new Set(workspace.index.moved(outputs.map(({ path }) => path)));
  return outputs.flatMap(({ task, path }) => {
    if (moved.has(path)) workspace.index.forget(path);
    const owned = ledger.get(path);
    if (owned?.task !== task.id || sameIdentity(artifacts.identify(path), owned.identity)) return [];
    if (mutating.some((other) => isMutated(other, path))) return [];
    session.emit({ kind: "diagnostic", diagnostic: writtenOver(session, task, path) });
    return [path];
  });
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
