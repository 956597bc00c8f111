import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { foreignAmong } from "../ownership.ts";

/**
 * The address of the server that `serveLines` started at a path; undefined: there is no socket, or another user may own
 * it. Does not load the network module.
 */
export function socketAt(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSocket() !== true) return undefined;
    return foreignAmong([dirname(path), path]) === undefined ? path : undefined;
  } catch {
    // Not accessible, or removed just now.
    return undefined;
  }
}
