import type { Loaded } from "../../access/pipeline.ts";
import type { Emit } from "../../model/event.ts";
import { CommitQueue } from "../../store/commit-queue.ts";
import { Artifacts } from "../../workspace/artifacts.ts";
import { removeOwned } from "./stale-outputs.ts";

/**
 * Removes what inc wrote for a manifest's tasks, by the rules for deleting, and warns about what must not be removed.
 * The results stay in the store, so that the next run restores them. The lease is held.
 * @returns The removed paths.
 */
export async function clean(loaded: Loaded, emit: Emit): Promise<readonly string[]> {
  const { store, workspace, ledger, graph, named } = loaded;
  const commits = new CommitQueue(store, () => {});
  const owned = ledger.of(graph.manifest).filter(({ task }) => named.size === 0 || named.has(task));
  const removed = await removeOwned(
    { artifacts: new Artifacts(workspace, store), commits, ledger, workspace, emit },
    owned,
  );
  commits.flush();
  return removed;
}
