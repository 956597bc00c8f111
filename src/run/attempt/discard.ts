import { DiagnosticError } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import type { Session } from "../session/session.ts";

/** Removes what an attempt left whose result does not count. */
export function discardOutputs(session: Session, task: Task): void {
  for (const { path } of task.outputs) {
    try {
      session.workspace.remove(path);
    } catch {
      // It may not be removed. It is not taken for a result: from now on the ledger does not know it.
    }
    session.workspace.index.forget(path);
    session.ledger.delete(path);
  }
}

/**
 * Has the index know that nothing is at the outputs of a failed attempt any more: their removal may be reported to watch after
 * the run, and is no change by then.
 */
export function noteAbsence({ workspace }: Session, { outputs }: Task): void {
  for (const { path } of outputs) {
    try {
      workspace.index.identify(path);
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
    }
  }
}

/**
 * Removes what an attempt left of which nothing is recorded.
 * @param id Of the attempt, whose intent ends.
 */
export function discardAttempt(session: Session, task: Task, id: string): void {
  discardOutputs(session, task);
  session.commits.add({ disowned: task.outputs.map(({ path }) => path) }, id);
}
