import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { overlap } from "../../model/path.ts";
import type { Session } from "../session/session.ts";
import { refusals } from "./edits.ts";
import { removeOwned } from "./stale.ts";

/**
 * What inc wrote for an earlier manifest may stand where a directory is needed now, or fill one where a file is to be: it
 * is removed, by the rules for deleting.
 */
export async function makeRoom(session: Session, task: Task): Promise<void> {
  const stale = session.ledger.stale(session.graph).filter(({ path }) => isInTheWay(path, task));
  if (stale.length === 0) return;
  await removeOwned(session, stale);
  for (const { path } of task.outputs) session.workspace.index.forget(path);
}

/** With --dry: why a run would not begin the task. What is removed before may be all that is in its way. */
export function wouldRefuse(session: Session, task: Task, paths?: ReadonlySet<string>): readonly Diagnostic[] {
  const isCleared = session.ledger.stale(session.graph).some(({ path }) => isInTheWay(path, task));
  return isCleared ? [] : refusals(session, task, paths);
}

/** True when a path stale since an earlier manifest is above or below one of the task's outputs. */
export function isInTheWay(path: string, task: Task): boolean {
  return task.outputs.some((output) => output.path !== path && overlap(output.path, path));
}
