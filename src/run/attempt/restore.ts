import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Artifact, Entry } from "../../model/entry.ts";
import { sameIdentity } from "../../model/identity.ts";
import type { Session } from "../session/session.ts";
import { confirmationOf } from "./confirmation.ts";
import { preserveEdits } from "./edits.ts";
import { isObstacle } from "./obstacles.ts";
import { takeOver } from "./record.ts";
import type { TaskRun } from "./task-run.ts";

export type Restored =
  | { readonly kind: "done" }
  /** Its place holds bytes that inc did not write and cannot preserve. */
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] }
  /** Stale outputs are in the way: see `clearObstacles`. */
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
  if (session.ledger.stale(session.graph).some(({ path }) => isObstacle(path, task))) return { kind: "blocked" };
  const diagnostics = preserveEdits(session, task, new Set(differing.map(({ path }) => path)));
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
  const { deferred, ...here } = entry;
  const owned = takeOver(session, task, entry.outputs);
  const taken = deferred === undefined ? {} : { entry: here };
  session.commits.add({ owned, ...taken, ...confirmationOf(taskRun, attempt) }, attempt);
  return { kind: "done" };
}

/**
 * Adopts the outputs of a fresh task that the ledger does not know as its own, and confirms its result when the inputs
 * had been others in the meantime. Where outputs are left in the shared cache nothing is, and the ledger says so.
 * @returns True when the result was confirmed.
 */
export function adoptFresh(taskRun: TaskRun): boolean {
  const { session, task, assessment, reason } = taskRun;
  const entry = assessment.entry as Entry;
  const left = new Set(reason.kind === "deferred" ? differingOutputs(session, entry) : []);
  const foreign = entry.outputs.filter((artifact) => {
    const { path, identity } = artifact;
    if (left.has(artifact)) return false;
    const owned = session.ledger.get(path);
    return (
      owned === undefined ||
      owned.task !== task.id ||
      owned.manifest !== session.graph.manifest ||
      !sameIdentity(owned.identity, identity)
    );
  });
  const disowned = [...left].flatMap(({ path }) => (session.ledger.get(path) === undefined ? [] : [path]));
  for (const path of disowned) session.ledger.delete(path);
  const confirmed = confirmationOf(taskRun, session.nextAttempt());
  if (foreign.length > 0 || disowned.length > 0 || confirmed.confirmation !== undefined)
    session.commits.add({ owned: takeOver(session, task, foreign), disowned, ...confirmed });
  return confirmed.confirmation !== undefined;
}
