import type { Artifact, Entry } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import { removeStale } from "../../workspace/remove.ts";
import type { Session } from "../session/session.ts";
import { preserveEdits } from "./edits.ts";
import { clearObstacles } from "./obstacles.ts";
import { takeOver } from "./record.ts";
import { differingOutputs } from "./restore.ts";
import { largeFiles } from "./stage.ts";

/**
 * Puts outputs of a deferred result in place, whose bytes have come. False: a blob is damaged, or something in the way cannot be
 * replaced.
 */
export async function placeOutputs(
  session: Session,
  task: Task,
  entry: Entry,
  outputs: readonly Artifact[],
): Promise<boolean> {
  const { store, stop, artifacts, workspace } = session;
  await clearObstacles(session, task);
  const large = outputs.flatMap((artifact) => largeFiles(session, artifact));
  await Promise.all(large.map((digest) => store.blobs.stage(digest, stop.signal)));
  // Something may have been put there since it was decided that nothing is.
  for (const { path } of outputs) workspace.index.forget(path);
  const differing = outputs.filter(({ path, identity }) => !sameIdentity(artifacts.identify(path), identity));
  const paths = differing.map(({ path }) => path);
  if (preserveEdits(session, task, new Set(paths)).length > 0) return false;
  const attempt = session.nextAttempt();
  session.journal?.begin(attempt, paths);
  const isWhole = outputs.length === entry.outputs.length;
  // The order in which files were made is known of all outputs together.
  if (!artifacts.restoreOutputs(isWhole ? entry : { outputs }, differing)) {
    session.journal?.end(attempt);
    return false;
  }
  const { deferred: _, ...here } = entry;
  const isHere = entry.outputs.every((artifact) => artifacts.available(artifact));
  session.commits.add({ owned: takeOver(session, task, outputs), ...(isHere ? { entry: here } : {}) }, attempt);
  return true;
}

/**
 * Removes what inc wrote for an earlier result where the outputs of this one are left in the shared cache, by the rules for
 * deleting. False: some of it has to stay.
 */
export async function clearPlaces(session: Session, entry: Entry): Promise<boolean> {
  const { ledger, artifacts, workspace } = session;
  const leftovers = differingOutputs(session, entry).flatMap(({ path }) => ledger.get(path) ?? []);
  const { removed } = await removeStale(leftovers, {
    workspace: workspace.root,
    identify: (path) => artifacts.identify(path),
  });
  for (const path of removed) {
    ledger.delete(path);
    workspace.index.forget(path);
  }
  session.commits.add({ disowned: removed });
  return removed.length === leftovers.length;
}
