import type { CachedGraph } from "../graph/cached.ts";
import type { FreshTasks, SnapshotHeader } from "./snapshot.ts";

/** What the last run left for the next one in the same process: what its snapshot holds, at hand. */
export interface LastRun {
  readonly header: SnapshotHeader;
  readonly cached: CachedGraph;
  readonly fresh: FreshTasks | null;
}
