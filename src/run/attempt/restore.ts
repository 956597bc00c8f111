import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Artifact, Entry } from "../../model/entry.ts";
import { sameIdentity } from "../../model/identity.ts";
import type { Session } from "../session/session.ts";
import { confirmationOf } from "./confirm.ts";
import { keepEdits } from "./edits.ts";
import { takeOver } from "./record.ts";
import { isInTheWay } from "./room.ts";
import type { TaskRun } from "./task-run.ts";

export type Restored =
  | { readonly kind: "done" }
  /** Somebody's bytes stand there and cannot be kept. */
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] }
  /** Something stale stands in the way: see `makeRoom`. */
  | { readonly kind: "blocked" }
  /** A blob turned out to be damaged: the task has to run. */
  | { readonly kind: "torn" };

/** Outputs of an entry that are not in place. */
export function differingOutputs(session: Session, entry: Entry): readonly Artifact[] {
  return entry.outputs.filter(({ path, identity }) => !sameIdentity(session.artifacts.identify(path), identity));
}

/** Puts the outputs of an entry where they belong, with an intent open while they are incomplete. */
export function restoreTask(taskRun: TaskRun): Restored {
  const { session, task, assessment } = taskRun;
  const entry = assessment.entry as Entry;
  const differing = differingOutputs(session, entry);
  if (session.ledger.stale(session.graph).some(({ path }) => isInTheWay(path, task))) return { kind: "blocked" };
  const diagnostics = keepEdits(session, task, new Set(differing.map(({ path }) => path)));
  if (diagnostics.length > 0) return { kind: "refused", diagnostics };
  const attempt = session.nextAttempt();
  session.journal?.begin(
    attempt,
    differing.map(({ path }) => path),
  );
  if (!session.artifacts.restoreOutputs(entry, differing)) {
    session.journal?.end(attempt);
    return { kind: "torn" };
  }
  session.commits.add({ owned: takeOver(session, task, entry.outputs), ...confirmationOf(taskRun, attempt) }, attempt);
  return { kind: "done" };
}

/**
 * A fresh task: outputs that the ledger does not know (yet) as its own are, from now on; and when its inputs had been others
 * in the meantime, its result is confirmed.
 */
export function adoptFresh(taskRun: TaskRun): void {
  const { session, task, assessment } = taskRun;
  const entry = assessment.entry as Entry;
  const foreign = entry.outputs.filter(({ path, identity }) => {
    const owned = session.ledger.get(path);
    return (
      owned === undefined ||
      owned.task !== task.id ||
      owned.manifest !== session.graph.manifest ||
      !sameIdentity(owned.identity, identity)
    );
  });
  const confirmed = confirmationOf(taskRun, session.nextAttempt());
  if (foreign.length > 0 || confirmed.confirmation !== undefined)
    session.commits.add({ owned: takeOver(session, task, foreign), ...confirmed });
}
