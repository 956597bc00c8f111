import { lstatSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import { foreignAmong } from "../ownership.ts";

/**
 * Where to connect to for a path that `serveLines` was given; undefined: nobody has listened there, or another user may
 * have. Loads no network.
 */
export function socketAt(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    const socket = stat?.isSymbolicLink() === true ? readlinkSync(path) : stat?.isSocket() === true ? path : undefined;
    if (socket === undefined) return undefined;
    // The directory that a link leads to may be gone, and made again by whoever came first.
    return foreignAmong([dirname(path), path, dirname(socket), socket]) === undefined ? socket : undefined;
  } catch {
    // Not ours to enter, or gone just now.
    return undefined;
  }
}
