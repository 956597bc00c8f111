import { symlinkedComponent } from "../../execute/outputs.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Artifact, Entry } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import { pathName } from "../../model/object-name.ts";
import { versionOf } from "../../workspace/artifacts.ts";
import type { Session } from "../session/session.ts";
import { keepEdits } from "./edits.ts";
import { isInTheWay } from "./room.ts";

export type Restored =
  | { readonly kind: "done" }
  /** Somebody's bytes stand there and cannot be kept. */
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] }
  /** Something stale stands in the way: see `makeRoom`. */
  | { readonly kind: "blocked" }
  /** A blob turned out to be damaged: the task has to run. */
  | { readonly kind: "torn" };

/** Puts the outputs of an entry where they belong, with an intent open while they are incomplete. */
export function restoreTask(session: Session, task: Task, entry: Entry): Restored {
  const differing = entry.outputs.filter(
    ({ path, identity }) => !sameIdentity(session.artifacts.identify(path), identity),
  );
  if (session.ledger.stale(session.graph).some(({ path }) => isInTheWay(path, task))) return { kind: "blocked" };
  const problems = differing.flatMap(({ path }) => outOfReach(session, task, path) ?? []);
  if (problems.length > 0) return { kind: "refused", diagnostics: problems };
  const diagnostics = keepEdits(session, task, new Set(differing.map(({ path }) => path)));
  if (diagnostics.length > 0) return { kind: "refused", diagnostics };
  const attempt = session.nextAttempt();
  session.journal?.begin(
    attempt,
    differing.map(({ path }) => path),
  );
  for (const artifact of differing) {
    if (session.artifacts.restore(artifact)) continue;
    session.journal?.end(attempt);
    return { kind: "torn" };
  }
  own(session, task, entry.outputs, entry.record, attempt);
  return { kind: "done" };
}

/** What a symlink on the way leads to is not the workspace's. */
function outOfReach(session: Session, task: Task, path: string): Diagnostic | undefined {
  const link = symlinkedComponent(session.workspace.root, path);
  if (link === undefined) return undefined;
  return {
    code: "INC4304",
    severity: "error",
    message: `task "${task.id}" is to make "${path}", but there is no place for it: "${link}" is a symlink`,
    location: task.location,
    help: ["make it a directory, or name the place it leads to"],
  };
}

/**
 * A fresh task whose outputs the ledger does not know (yet) as its own, or that are not the latest version of their names
 * (a checkout put them there): from now on they are.
 */
export function adoptFresh(session: Session, task: Task, entry: Entry): void {
  const foreign = entry.outputs.filter(({ path, identity }) => {
    const owned = session.ledger.get(path);
    return (
      owned === undefined ||
      owned.task !== task.id ||
      owned.manifest !== session.graph.manifest ||
      !sameIdentity(owned.identity, identity) ||
      !sameIdentity(session.store.history.latest(pathName(path))?.identity, identity)
    );
  });
  if (foreign.length > 0) own(session, task, foreign, entry.record, undefined);
}

function own(
  session: Session,
  task: Task,
  outputs: readonly Artifact[],
  record: string,
  attempt: string | undefined,
): void {
  const owned = outputs.map(({ path, identity }) => ({
    path,
    identity,
    manifest: session.graph.manifest,
    task: task.id,
  }));
  for (const each of owned) session.ledger.set(each);
  const time = Date.now();
  session.commits.add(
    {
      owned,
      versions: outputs.map((artifact) => ({
        ...versionOf(artifact),
        cause: "made",
        record,
        run: session.run,
        time,
      })),
    },
    attempt,
  );
}
