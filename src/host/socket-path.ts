import { lstatSync, readlinkSync } from "node:fs";

/** Where to connect to for a path that `serveLines` was given; undefined: nobody has listened there. Loads no network. */
export function socketAt(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() === true) return readlinkSync(path);
    return stat?.isSocket() === true ? path : undefined;
  } catch {
    // Not ours to enter, or gone just now.
    return undefined;
  }
}
