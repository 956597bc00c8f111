import { relative } from "node:path";
import type { TreeOptions, TreeWatcher } from "./tree-watcher.ts";

/** How often every file is looked at, in milliseconds. */
const INTERVAL = 500;

/** Reports what may have changed in a tree by looking at all of it again and again: the last resort of `watchTree`. */
export function pollTree(root: string, options: Pick<TreeOptions, "ignore" | "onEvent">): TreeWatcher {
  // 12 ms to import, and most trees need no polling.
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
    // A file that cannot be looked at is reported by the task that reads it.
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
