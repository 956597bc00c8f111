import { predecessors } from "../../graph/dependencies.ts";
import type { Task } from "../../model/graph.ts";
import { discardAttempt } from "./discard.ts";
import type { Flight } from "./flight.ts";
import { recordFailure } from "./record.ts";
import type { TaskRun } from "./task-run.ts";

/** The attempts of a run that are under way, one a task at most. */
export class Flights {
  readonly #flights = new Map<string, Flight>();
  /** Several tasks may wait for one. */
  readonly #grounded = new WeakMap<Flight, Promise<void>>();

  get size(): number {
    return this.#flights.size;
  }

  get all(): readonly Flight[] {
    return [...this.#flights.values()];
  }

  /** What they hold of the pools, each with the time until which: those of a batch hold it together. */
  get calls(): readonly { readonly task: Task; readonly ended: Promise<unknown> }[] {
    const calls = Map.groupBy(this.#flights.values(), (flight) => flight.batch ?? flight);
    return [...calls.values()].map((flights) => ({
      task: (flights[0] as Flight).start.task,
      ended: Promise.allSettled(flights.map(({ ended }) => ended)),
    }));
  }

  of(task: Task): Flight | undefined {
    return this.#flights.get(task.id);
  }

  has(task: string): boolean {
    return this.#flights.has(task);
  }

  add(flight: Flight): void {
    this.#flights.set(flight.start.task.id, flight);
  }

  /** Lets go of a concluded attempt. */
  remove(flight: Flight): void {
    this.#flights.delete(flight.start.task.id);
    flight.close();
  }

  /**
   * Those of tasks that wait for a task, over however many steps: only what earlier rounds began can be among them.
   * @param tasks In topological order.
   */
  after(task: Task, tasks: readonly Task[]): readonly Flight[] {
    const carried = this.all.filter(({ isCarried }) => isCarried);
    if (carried.length === 0) return [];
    const after = new Set([task.id]);
    for (const other of tasks) for (const id of predecessors(other)) if (after.has(id)) after.add(other.id);
    after.delete(task.id);
    return carried.filter(({ start }) => after.has(start.task.id));
  }

  carry(): void {
    for (const flight of this.#flights.values()) flight.carry();
  }

  /** Cancels an attempt and waits for its end; its result does not count. */
  ground(flight: Flight): Promise<void> {
    let grounded = this.#grounded.get(flight);
    if (grounded === undefined) {
      grounded = this.#ground(flight);
      this.#grounded.set(flight, grounded);
    }
    return grounded;
  }

  async #ground(flight: Flight): Promise<void> {
    const { session, task } = flight.start;
    flight.cancellation.cancel([]);
    try {
      const attempted = await flight.ended;
      if (attempted.outcome === "ok") discardAttempt(session, task, attempted.id);
      else recordFailure(flight.start, attempted);
    } finally {
      this.remove(flight);
    }
  }

  /** Ends the attempts of tasks that the graph no longer has. */
  async leave(tasks: readonly Task[]): Promise<void> {
    if (this.size === 0) return;
    const left = new Set(tasks.map(({ id }) => id));
    await Promise.all(this.all.filter(({ start }) => !left.has(start.task.id)).map((flight) => this.ground(flight)));
  }

  /** Ends the attempts that are left when the run ends, for no round will conclude them. */
  async end(): Promise<void> {
    for (const { cancellation } of this.all) cancellation.cancel([]);
    for (const flight of this.all) {
      await this.ground(flight);
      emitCancelled(flight.start);
    }
  }
}

function emitCancelled({ session: { tally, emit }, task, reason }: TaskRun): void {
  tally.note(task.id, "cancelled", 0);
  emit({
    kind: "task-ended",
    task: task.id,
    result: "cancelled",
    reason,
    changed: false,
    duration: 0,
    saved: 0,
    time: Date.now(),
  });
}
