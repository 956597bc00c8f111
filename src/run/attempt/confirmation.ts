import { readersFor } from "../../graph/dependencies.ts";
import type { Artifact, Confirmation, Entry, NewVersion } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import { pathName } from "../../model/object-name.ts";
import type { Commit } from "../../store/writer.ts";
import { versionOf } from "../../workspace/artifacts.ts";
import type { Session } from "../session/session.ts";
import type { TaskRun } from "./task-run.ts";
import { isTracked, newVersionsUsed, valuesOf } from "./used-versions.ts";

/**
 * What a run commits when a result holds that it did not make: nothing, as long as the attempt that made it is the
 * latest of its task, and its inputs and outputs are the latest versions of their names. Else a confirmation, with
 * versions of the sources that differ from the last recorded ones, so that the history shows the present state.
 * @param id Of the confirmation, if there is one.
 */
export function confirmationOf(taskRun: TaskRun, id: string): Pick<Commit, "versions" | "confirmation"> {
  const { session, pins, task, assessment, reason } = taskRun;
  const entry = assessment.entry as Entry;
  const found = Object.fromEntries(assessment.found.map((path) => [path, pins.identify(path) ?? null]));
  const description = { ...assessment.description, found };
  const used = newVersionsUsed(taskRun, { description, record: id });
  const holds = isLatestOf(session, task, entry) && entry.outputs.every((output) => isLatest(session, entry, output));
  if (holds && used.length === 0) return {};
  const time = Date.now();
  const { run, graph } = session;
  const made = entry.outputs.map(
    (artifact): NewVersion => ({ ...versionOf(artifact), cause: "made", record: id, run, time }),
  );
  const readers = readersFor(graph.tasks, task);
  const confirmation: Omit<Confirmation, "seq"> = {
    id,
    run,
    manifest: graph.manifest,
    task: task.id,
    confirms: entry.record,
    values: valuesOf(readers, (name) => isTracked(session, name)),
    objects: session.objects.usedBy(readers),
    reason,
    time,
  };
  return { versions: [...used, ...made], confirmation };
}

/** True when the attempt is the latest of its task that was not cancelled, or was confirmed after all others. */
function isLatestOf({ store, graph }: Session, task: Task, entry: Entry): boolean {
  for (const id of store.history.recordIds(graph.manifest, task.id)) {
    if (id === entry.record) return true;
    const record = store.history.record(id);
    if (record !== undefined && record.outcome !== "cancelled") return record.confirmed?.confirms === entry.record;
  }
  return false;
}

/** True when the latest version of an output is the entry's. */
function isLatest({ store }: Session, entry: Entry, { path, identity }: Artifact): boolean {
  const latest = store.history.latest(pathName(path));
  if (latest === undefined || !sameIdentity(latest.identity, identity)) return false;
  const maker = latest.current ?? latest.record;
  return (
    maker === entry.record || (maker !== undefined && store.history.record(maker)?.confirmed?.confirms === entry.record)
  );
}
