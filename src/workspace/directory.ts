import { resolve } from "node:path";

/** Where inc keeps what belongs to a workspace: `.inc` in it, or what INC_DIR says (relative to the workspace). */
export function storeDirectory(workspace: string): string {
  return resolve(workspace, process.env["INC_DIR"] || ".inc");
}
