import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isListening } from "../host/net/socket.ts";
import { bootId, isAlive } from "../host/process/identity.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** Names in the store's directory that hold the id of the process that made them. */
const OF_PROCESS = /^(?:put-|(?:snapshot|data\.mdb-lock)\.)?(\d+)(?:[-.]|$)/;
/** The socket of a process that holds the lease or waits for it. */
const LOCK = /^lock-.*\.sock$/;

/** Removes what killed processes left in the store's directory: sockets, logs, temporary files. */
export async function removeFilesOfDeadProcesses(workspace: Workspace): Promise<void> {
  // The process id of another container's process, which may wait for the lease, means nothing here: probe the socket.
  const sockets = namesIn(workspace.directory).filter((name) => LOCK.test(name));
  for (const path of sockets.map((name) => join(workspace.directory, name)))
    if (!(await isListening(path))) rmSync(path, { force: true });
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
