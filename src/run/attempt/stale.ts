import type { Owned } from "../../model/entry.ts";
import { removeStale } from "../../workspace/remove.ts";
import type { Session } from "../session/session.ts";

/**
 * Removes what inc wrote for tasks that are gone from the manifest. Only after the whole graph was expanded and walked
 * without a filter and without a failure: else a task may only seem to be gone.
 */
export async function removeStaleOutputs(session: Session): Promise<readonly string[]> {
  return removeOwned(session, session.ledger.stale(session.graph));
}

/** Removes owned paths by the rules for deleting; what may not be removed stays in the ledger, with a warning. */
export async function removeOwned(
  session: Pick<Session, "artifacts" | "commits" | "ledger" | "workspace" | "emit">,
  stale: readonly Owned[],
): Promise<readonly string[]> {
  if (stale.length === 0) return [];
  const { removed, warnings } = await removeStale(stale, {
    workspace: session.workspace.root,
    identify: (path) => session.artifacts.identify(path),
  });
  for (const path of removed) {
    session.ledger.delete(path);
    session.workspace.index.forget(path);
  }
  if (removed.length > 0) session.commits.add({ disowned: removed });
  for (const diagnostic of warnings) session.emit({ kind: "diagnostic", diagnostic });
  return removed;
}
