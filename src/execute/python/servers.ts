import type { Child } from "../../host/process/process.ts";
import type { PythonJob } from "./protocol.ts";
import { PythonServer, type ServerPlace } from "./server.ts";

/** How many servers are there at a time, as a rule: each holds what its packages take. */
const MOST = 8;

/** How often a task meets a server that is out of date before it is started without one. */
const TRIES = 2;

/**
 * The servers that fork Python functions, by interpreter, module, variables and directory. A run uses them; under watch they are there
 * for the next run.
 */
export class PythonServers {
  /** The one that was used last is the last. */
  readonly #servers = new Map<string, PythonServer>();
  /** Those whose tasks no server can fork. */
  readonly #refused = new Set<string>();

  /** A process for a task, of which its log is open. Undefined: the task needs an interpreter of its own. */
  async start(place: ServerPlace, job: PythonJob, output: number): Promise<Child | undefined> {
    // Forks of macOS break its own libraries, and only Linux gives an open file to another process by a path.
    if (process.platform !== "linux") return undefined;
    const key = JSON.stringify(place);
    for (let tried = 0; tried < TRIES && !this.#refused.has(key); tried += 1) {
      const server = this.#take(key, place);
      const refusal = await server.refusal;
      if (refusal !== undefined) {
        if (!refusal.isBrief) this.#refused.add(key);
        this.#drop(key, server);
        return undefined;
      }
      const child = await server.fork(job, output);
      if (child !== "stale") return child;
      this.#drop(key, server);
    }
    return undefined;
  }

  close(): void {
    for (const server of this.#servers.values()) server.close();
    this.#servers.clear();
    this.#refused.clear();
  }

  #take(key: string, place: ServerPlace): PythonServer {
    const known = this.#servers.get(key);
    this.#servers.delete(key);
    const server = known === undefined || known.hasEnded ? new PythonServer(place) : known;
    if (server !== known) server.hold();
    this.#servers.set(key, server);
    for (const [other, { isIdle }] of this.#servers) {
      if (this.#servers.size <= MOST) break;
      if (isIdle && other !== key) this.#drop(other, this.#servers.get(other));
    }
    return server;
  }

  /** Tasks that it has forked go on to their end. */
  #drop(key: string, server: PythonServer | undefined): void {
    if (this.#servers.get(key) === server) this.#servers.delete(key);
    server?.retire();
  }
}
