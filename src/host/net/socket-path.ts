import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { foreignAmong } from "../ownership.ts";

/**
 * Where to connect to for a path that `serveLines` was given; undefined: no process has listened there, or another user
 * may have. Loads no network.
 */
export function socketAt(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSocket() !== true) return undefined;
    return foreignAmong([dirname(path), path]) === undefined ? path : undefined;
  } catch {
    // Not ours to enter, or gone just now.
    return undefined;
  }
}
