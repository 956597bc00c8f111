import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import { overlap } from "../../model/path.ts";
import type { Session } from "../session/session.ts";
import { refusals } from "./edits.ts";
import { removeOwned } from "./stale-outputs.ts";

/**
 * Outputs of an earlier manifest may stand where a task needs a directory now, or in a directory where it makes a file:
 * they are removed, by the rules for deleting.
 */
export async function clearObstacles(session: Session, task: Task): Promise<void> {
  const stale = session.ledger.stale(session.graph).filter(({ path }) => isObstacle(path, task));
  if (stale.length === 0) return;
  await removeOwned(session, stale);
  for (const { path } of task.outputs) session.workspace.index.forget(path);
}

/** With --dry: why a run would not begin the task, unless obstacles explain it, which a run would remove first. */
export function wouldRefuse(session: Session, task: Task, paths?: ReadonlySet<string>): readonly Diagnostic[] {
  const isCleared = session.ledger.stale(session.graph).some(({ path }) => isObstacle(path, task));
  return isCleared ? [] : refusals(session, task, paths);
}

/** True for a path above or below one of the task's outputs. */
export function isObstacle(path: string, task: Task): boolean {
  return task.outputs.some((output) => output.path !== path && overlap(output.path, path));
}
