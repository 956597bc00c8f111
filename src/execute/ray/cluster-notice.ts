import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readOwnFile, writeOwnFile } from "../../host/files/own-files.ts";
import { bootId, isAlive, startTimeOf } from "../../host/process/identity.ts";
import type { Ready } from "./protocol.ts";

/** A cluster that a process of inc is connected to. */
export interface UsedCluster {
  /** Of inc. */
  readonly pid: number;
  /** Of the cluster's head, as Ray gives it. */
  readonly address: string;
  /** Names of its nodes, as inc found them when it connected. */
  readonly nodes: readonly string[];
  readonly running: readonly RunningThere[];
}

export interface RunningThere {
  readonly task: string;
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** What stands in the file of a process. */
interface Noted extends UsedCluster {
  readonly startTime: string | undefined;
}

const NAME = /^\d+-cluster\.json$/;

/** A file is written at most once in this time, in milliseconds: many short attempts may begin and end meanwhile. */
const PAUSE = 100;

/** Says in a file, which `inc status` reads, what runs where. It bears the id of its process, so that the next inc removes that of a killed one. */
export class ClusterNotice {
  readonly #path: string;
  readonly #running = new Map<string, RunningThere>();
  #cluster: Pick<UsedCluster, "address" | "nodes"> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param temporary Absolute path of the workspace's directory for temporary files. */
  constructor(temporary: string) {
    this.#path = join(temporary, `${process.pid}-cluster.json`);
  }

  connected({ gcs, nodes }: Pick<Ready, "gcs" | "nodes">): void {
    this.#cluster = { address: gcs, nodes: nodes.map(({ name }) => name) };
    this.#write();
  }

  /** @param attempt Its id. */
  placed(attempt: string, task: string, host: string): void {
    this.#running.set(attempt, { task, host, since: Date.now() });
    this.#writeSoon();
  }

  left(attempt: string): void {
    if (this.#running.delete(attempt)) this.#writeSoon();
  }

  close(): void {
    clearTimeout(this.#timer);
    if (this.#cluster !== undefined) rmSync(this.#path, { force: true });
    this.#cluster = undefined;
  }

  #writeSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, PAUSE).unref();
  }

  #write(): void {
    if (this.#cluster === undefined) return;
    const { pid } = process;
    const noted: Noted = { pid, startTime: startTimeOf(pid), ...this.#cluster, running: [...this.#running.values()] };
    // A reader finds the whole, or the one before.
    writeOwnFile(`${this.#path}.new`, JSON.stringify(noted));
    renameSync(`${this.#path}.new`, this.#path);
  }
}

/** The clusters that processes of inc use for a workspace now. @param temporary Absolute path of its directory for temporary files. */
export function usedClusters(temporary: string): readonly UsedCluster[] {
  return namesIn(temporary).flatMap((name) => {
    const noted = NAME.test(name) ? read(join(temporary, name)) : undefined;
    if (noted === undefined || !isAlive(noted.pid, noted.startTime, bootId())) return [];
    const { pid, address, nodes, running } = noted;
    return [{ pid, address, nodes, running }];
  });
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function read(path: string): Noted | undefined {
  try {
    return JSON.parse(readOwnFile(path).toString("utf8")) as Noted;
  } catch {
    // It has just gone.
    return undefined;
  }
}
