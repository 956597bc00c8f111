import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { makeOwnDirectory } from "../host/files/own-files.ts";
import { startTimeOf } from "../host/process/identity.ts";
import { endGroupOfDeadRun } from "../host/process/tree.ts";
import { type Intent, Journal } from "../store/journal.ts";
import { ownDirectory, owners } from "./owners.ts";

/** The journal of services of this process, in a directory that is removed when the journal is closed. */
export class ServiceJournal {
  readonly #directory: string;
  readonly #journal: Journal;

  /** @param storeDirectory The store's directory, absolute. */
  constructor(storeDirectory: string) {
    this.#directory = ownDirectory(storeDirectory);
    makeOwnDirectory(dirname(this.#directory));
    makeOwnDirectory(this.#directory);
    this.#journal = new Journal(this.#directory);
  }

  begin(id: string): void {
    this.#journal.begin(id, []);
  }

  spawned(id: string, pid: number): void {
    this.#journal.spawned(id, pid);
  }

  end(id: string): void {
    this.#journal.end(id);
  }

  close(): void {
    this.#journal.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** The marker of a service's processes, unique among all processes of inc. */
export function serviceMarker(service: string): string {
  // A slash stands between the markers of nested runs.
  return `service${process.pid}x${startTimeOf(process.pid) ?? process.hrtime.bigint()}-${encodeURIComponent(service)}`;
}

/** A service that a process of inc runs in this workspace. */
export interface RunningService {
  readonly service: string;
  readonly pid: number;
}

/** The services that all processes of inc run in a workspace now. */
export function runningServices(storeDirectory: string): readonly RunningService[] {
  return owners(storeDirectory).flatMap(({ path, lives }) => (lives ? intentsIn(path).flatMap(running) : []));
}

function running({ attempt, pid }: Intent): RunningService[] {
  const name = attempt.slice(attempt.indexOf("-") + 1);
  return pid === undefined ? [] : [{ service: decodeURIComponent(name), pid }];
}

/** Ends the services of processes of inc that were killed. The lease is held. */
export async function endDeadServices(storeDirectory: string): Promise<void> {
  for (const { path, lives } of owners(storeDirectory)) {
    if (lives) continue;
    await Promise.all(intentsIn(path).map((intent) => endGroupOfDeadRun(intent)));
    rmSync(path, { recursive: true, force: true });
  }
}

function intentsIn(directory: string): Intent[] {
  let journal: Journal;
  try {
    journal = new Journal(directory);
  } catch {
    // It has just been closed.
    return [];
  }
  const intents = journal.openIntents();
  journal.close();
  return intents;
}
