import { relative } from "node:path";
import type { TreeWatcher, TreeWatcherOptions } from "./tree-watcher.ts";

/** Milliseconds between two scans of the tree. */
const INTERVAL = 500;

/** Reports changes in a tree by scanning all of it periodically: the last resort of `watchTree`. */
export function pollTree(root: string, options: Pick<TreeWatcherOptions, "ignore" | "onEvent">): TreeWatcher {
  // Imported here: it takes 12 ms, and most trees need no polling.
  const started = import("chokidar").then(({ watch }) => {
    const of = (path: string): string => relative(root, path) || ".";
    const watcher = watch(root, {
      backend: "polling",
      pollingInterval: INTERVAL,
      pollingBinaryInterval: INTERVAL,
      ignored: (path) => options.ignore(of(path)),
      ignoreInitial: true,
      followSymlinks: false,
      atomic: false,
      ignorePermissionErrors: true,
    });
    watcher.on("all", (_, path) => options.onEvent([of(path)]));
    // A file that cannot be examined is reported by the task that reads it.
    watcher.on("error", () => {});
    return watcher;
  });
  return {
    ready: started.then((watcher) => new Promise((resolve) => void watcher.once("ready", () => resolve()))),
    // Changes are reported only at the next poll.
    isWatched: () => false,
    async close() {
      await (await started).close();
    },
  };
}
