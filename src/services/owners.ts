import { readdirSync } from "node:fs";
import { join } from "node:path";
import { bootId, isAlive, startTimeOf } from "../host/process/identity.ts";

const DIRECTORY = "services";
const OWNER = /^(\d+)-(\d*)$/;

/** A process of inc that runs services, or ran some when it was killed. */
export interface Owner {
  /** Absolute path of the directory where its journal is. */
  readonly path: string;
  readonly lives: boolean;
}

/**
 * Services outlive the lease, so each process of inc that runs some has a journal of its own for their intents, in a
 * directory that names the process: `.inc/services/<process id>-<its start time>/journal`. The next holder of the lease
 * ends the services of dead processes.
 * @param storeDirectory The store's directory, absolute.
 */
export function owners(storeDirectory: string): readonly Owner[] {
  const directory = join(storeDirectory, DIRECTORY);
  return namesIn(directory).flatMap((name) => {
    const [, pid, startTime] = OWNER.exec(name) ?? [];
    if (pid === undefined) return [];
    // No process of another boot has this id and this start time.
    const lives = isAlive(Number(pid), startTime === "" ? undefined : startTime, bootId());
    return [{ path: join(directory, name), lives }];
  });
}

/** The directory of this process. */
export function ownDirectory(storeDirectory: string): string {
  return join(storeDirectory, DIRECTORY, `${process.pid}-${startTimeOf(process.pid) ?? ""}`);
}

/** True when a process of inc that ran services was killed. */
export function hasDeadServices(storeDirectory: string): boolean {
  return owners(storeDirectory).some(({ lives }) => !lives);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []));
  } catch {
    return [];
  }
}
