import { availableParallelism } from "node:os";
import type { Digest } from "../../model/digest.ts";
import { PythonServers } from "../python/servers.ts";
import { Worker } from "./worker.ts";

/** How many idle processes are kept: no more can be busy at a time, as a rule. */
const MOST_IDLE = Math.max(2, availableParallelism());

/** The warm processes for functions. A run takes and gives them back; under watch they are there for the next run. */
export class WorkerPool {
  /** Those of Python functions. */
  readonly python = new PythonServers();
  readonly #temporary: string;
  /** The one that was used last is the last. */
  readonly #idle: Worker[] = [];

  /** @param temporary Absolute path of a directory of inc's own. */
  constructor(temporary: string) {
    this.#temporary = temporary;
  }

  take(code: Digest): Worker {
    const at = this.#idle.findLastIndex((worker) => worker.serves(code));
    return (at < 0 ? undefined : this.#idle.splice(at, 1)[0]) ?? new Worker(this.#temporary);
  }

  give(worker: Worker): void {
    this.#idle.push(worker);
    if (this.#idle.length > MOST_IDLE) this.#idle.shift()?.close();
  }

  close(): void {
    for (const worker of this.#idle.splice(0)) worker.close();
    this.python.close();
  }
}
