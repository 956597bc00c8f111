import { unlessAborted } from "../../host/abort.ts";
import type { Task } from "../../model/graph.ts";
import type { Elsewhere } from "../executor.ts";
import type { ClusterNotice } from "./cluster-notice.ts";
import { type Connection, connect, type RayPlace } from "./connect.ts";
import type { Driver } from "./driver.ts";

/** The way to a cluster, connected when the first attempt needs it, and anew when the driver or the cluster went. */
export class Link implements Elsewhere {
  readonly takes: (task: Task) => boolean;
  /** Follows what runs where. */
  readonly notice: ClusterNotice | undefined;
  readonly #place: RayPlace;
  readonly #end = new AbortController();
  #connection: Promise<Connection> | undefined;
  /** Once that is there. */
  #driver: Driver | undefined;
  #capacity: ReadonlyMap<string, number> = new Map();

  /** @param takes True for a task that the cluster runs. */
  constructor(place: RayPlace, takes: (task: Task) => boolean, notice?: ClusterNotice) {
    this.#place = place;
    this.takes = takes;
    this.notice = notice;
  }

  get capacity(): ReadonlyMap<string, number> {
    return this.#capacity;
  }

  get isOpen(): boolean {
    return this.#driver?.isGone === false;
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.connect(signal);
  }

  /** Undefined: the signal was aborted first; the attempt to connect goes on for the next caller. Throws a DiagnosticError. */
  connect(signal: AbortSignal): Promise<Connection | undefined> {
    if (this.#connection === undefined || this.#driver?.isGone === true) this.#begin();
    return unlessAborted(this.#connection as Promise<Connection>, signal);
  }

  /** Ends the driver, and all that it has running. */
  close(): void {
    this.#end.abort();
    this.#driver?.close();
    this.notice?.close();
  }

  #begin(): void {
    this.#driver = undefined;
    this.#connection = connect(this.#place, this.#end.signal).then(
      (connection) => {
        this.#driver = connection.driver;
        this.#capacity = connection.capacity;
        this.notice?.connected(connection.ready);
        return connection;
      },
      (error: unknown) => {
        // The cluster may be up when it is asked for again.
        this.#connection = undefined;
        throw error;
      },
    );
    // All callers may have been aborted: its failure must not end the process.
    this.#connection.catch(() => {});
  }
}
