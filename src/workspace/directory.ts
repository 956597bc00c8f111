import { realpathSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { isWithin } from "../model/path.ts";

/**
 * Where inc stores what belongs to a workspace: `.inc` in it, or where INC_DIR says (relative to the workspace). Several
 * workspaces may be given one INC_DIR: outside of a workspace each has a directory of its own there, for a ledger, an
 * index and a lock speak of one workspace only.
 */
export function storeDirectory(workspace: string): string {
  const named = process.env["INC_DIR"];
  if (named === undefined || named === "") return join(workspace, ".inc");
  const directory = resolve(workspace, named);
  if (directory !== workspace && isWithin(directory, workspace)) return real(directory);
  // Loaded here: without INC_DIR nothing is digested.
  const id = process.getBuiltinModule("node:crypto").createHash("sha256").update(workspace).digest("hex").slice(0, 16);
  return join(real(directory), `${basename(workspace)}-${id}`);
}

/** A symlink that the user named is followed; inc follows no other. */
function real(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}
