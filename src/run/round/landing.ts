import { fingerprintOf } from "../../fingerprint/fingerprint.ts";
import type { Fingerprint } from "../../model/digest.ts";
import type { Task } from "../../model/graph.ts";
import type { Result } from "../../model/result.ts";
import type { Flight } from "../attempt/flight.ts";
import type { Flights } from "../attempt/flights.ts";
import type { Session } from "../session/session.ts";

/** Decides for a round what happens to attempts that an earlier one began. */
export class Landing {
  readonly #session: Session;
  readonly #flights: Flights;
  /** Task → attempts that have to end before it is decided. */
  readonly #grounded = new Map<string, readonly Flight[]>();

  constructor(session: Session, flights: Flights) {
    this.#session = session;
    this.#flights = flights;
  }

  /**
   * An attempt joins this round when its task would now be started with the same fingerprint; else it is cancelled.
   * @param identified The task's fingerprint by the pins of this round, without found inputs.
   */
  joinOrGround(flight: Flight, identified: Result<Fingerprint>): "land" {
    const { task, assessment } = flight.start;
    const began = fingerprintOf(assessment.description, this.#session.artifacts.hasher);
    const holds = identified.ok && identified.value === began && !flight.cancellation.isCancelled;
    return holds ? "land" : this.ground(task, [flight]);
  }

  /** Cancels attempts; once they have ended, the task is decided again. */
  ground(task: Task, flights: readonly Flight[]): "land" {
    for (const { cancellation } of flights) cancellation.cancel([]);
    this.#grounded.set(task.id, flights);
    return "land";
  }

  /** @param join Takes over the task's own attempt. */
  async land(task: Task, join: (flight: Flight) => Promise<void>): Promise<"ended" | "again"> {
    const grounded = this.#grounded.get(task.id);
    this.#grounded.delete(task.id);
    if (grounded !== undefined) {
      await Promise.all(grounded.map((flight) => this.#flights.ground(flight)));
      return "again";
    }
    const flight = this.#flights.of(task);
    if (flight !== undefined) await join(flight);
    return "ended";
  }
}
