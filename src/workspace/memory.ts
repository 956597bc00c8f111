import type { CachedGraph } from "../graph/cached.ts";
import type { FreshTasks, SnapshotHeader } from "./snapshot.ts";
import type { Workspace } from "./workspace.ts";

/** What the last run left for the next one in the same process: what its snapshot holds, at hand. */
export interface Memory {
  readonly header: SnapshotHeader;
  readonly cached: CachedGraph;
  readonly fresh: FreshTasks | null;
}

const memories = new WeakMap<Workspace, Memory>();

/** Undefined: no run has ended with this very workspace, and its snapshot is what counts. */
export function recall(workspace: Workspace): Memory | undefined {
  return memories.get(workspace);
}

/** Only for a workspace that is watched: in any other the next table begins with a look at everything. */
export function remember(workspace: Workspace, memory: Memory): void {
  memories.set(workspace, memory);
  workspace.index.rebase();
}
