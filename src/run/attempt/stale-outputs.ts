import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Owned } from "../../model/entry.ts";
import { removeStale } from "../../workspace/remove.ts";
import type { Session } from "../session/session.ts";

/**
 * Removes outputs of tasks that are gone from the manifest. To be called only after a walk of the whole graph, without
 * a filter and without a failure: else a task may only seem to be gone.
 */
export async function removeStaleOutputs(session: Session): Promise<readonly string[]> {
  return removeOwned(session, session.ledger.stale(session.graph), session.options.dry);
}

/** Reports former outputs that the manifest reads now, and forgets that inc owned them. */
export function reportReleased({ ledger, emit, commits, options }: Session): void {
  const released = ledger.released.splice(0);
  for (const { path, task } of released) emit({ kind: "diagnostic", diagnostic: becameSource(path, task) });
  if (!options.dry && released.length > 0) commits.add({ disowned: released.map(({ path }) => path) });
}

function becameSource(path: string, task: string): Diagnostic {
  return {
    code: "INC4320",
    severity: "warning",
    message: `"${path}", which task "${task}" made, is a source now: the manifest reads it, and no task makes it any more`,
    notes: [{ message: "it stays as it is, and inc will not remove it" }],
  };
}

/** Removes owned paths by the rules for deleting; paths that must not be removed stay in the ledger, with a warning. */
export async function removeOwned(
  session: Pick<Session, "artifacts" | "commits" | "ledger" | "workspace" | "emit">,
  stale: readonly Owned[],
  dry = false,
): Promise<readonly string[]> {
  if (stale.length === 0) return [];
  const { removed, warnings } = await removeStale(stale, {
    workspace: session.workspace.root,
    identify: (path) => session.artifacts.identify(path),
    dry,
  });
  for (const diagnostic of warnings) session.emit({ kind: "diagnostic", diagnostic });
  const gone = new Set(removed);
  for (const { path, task } of stale) if (gone.has(path)) session.emit({ kind: "output-removed", path, task, dry });
  if (dry) return [];
  for (const path of removed) {
    session.ledger.delete(path);
    session.workspace.index.forget(path);
  }
  if (removed.length > 0) session.commits.add({ disowned: removed });
  return removed;
}
