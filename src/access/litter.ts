import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bootId, isAlive } from "../host/process/identity.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** Names in the store's directory that carry the id of the process that made them. */
const OF_PROCESS = /^(?:(?:lock|put)-|(?:snapshot|data\.mdb-lock)\.)?(\d+)(?:[-.]|$)/;

/** Removes what killed processes left in the store's directory: sockets, logs, files that had no name yet. */
export function removeLitter(workspace: Workspace): void {
  const boot = bootId();
  for (const directory of [workspace.directory, workspace.logs, workspace.temporary])
    for (const name of namesIn(directory)) {
      const pid = OF_PROCESS.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid), undefined, boot)) rmSync(join(directory, name), { force: true });
    }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
