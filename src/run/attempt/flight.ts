import type { Diagnostic } from "../../model/diagnostic.ts";
import type { RunPins } from "../decide/pins.ts";
import type { Cancellation } from "../session/cancellation.ts";
import { type Attempted, attemptTask } from "./attempts.ts";
import { type InputsLook, lookAtInputs } from "./inputs-look.ts";
import { readOutputs } from "./outputs-ahead.ts";
import type { TaskRun } from "./task-run.ts";

/** An attempt that nobody has concluded yet. Under watch it may go on while the other tasks are planned anew. */
export class Flight {
  /** What it began with. */
  readonly start: TaskRun;
  readonly cancellation: Cancellation;
  readonly ended: Promise<Attempted>;
  /** What it needed and that ended meanwhile. */
  readonly lost: (() => readonly Diagnostic[]) | undefined;
  readonly #log: string;
  /** Up to here its inputs were looked at, by the file system's clock. */
  #since: bigint;
  /** True once its inputs were pinned anew while it ran. */
  #carried = false;
  #touched: readonly string[] = [];

  /** @param signal Ends it: it is cancelled, or the run is. */
  constructor(start: TaskRun, cancellation: Cancellation, signal: AbortSignal) {
    const { session } = start;
    this.start = start;
    this.cancellation = cancellation;
    this.#log = session.logs.take();
    this.#since = session.workspace.clock.tick();
    this.lost = session.services?.guard(start.task);
    this.ended = this.#run(signal);
    // Whoever concludes it hears of what was thrown; until then nobody listens.
    this.ended.catch(() => {});
  }

  async #run(signal: AbortSignal): Promise<Attempted> {
    const { session, task } = this.start;
    const attempted = await attemptTask(this.start, this.#log, signal);
    const { intervals, workspace } = session;
    intervals.push({ task: task.id, from: attempted.tick, to: workspace.clock.tick() });
    const isRead = attempted.outcome !== "ok" || (await readOutputs(session, task, signal));
    return isRead ? attempted : { ...attempted, outcome: "cancelled" };
  }

  get isCarried(): boolean {
    return this.#carried;
  }

  /** Nobody needs what it printed any more. */
  close(): void {
    const { session, task } = this.start;
    session.options.resident?.attempts.delete(task.id);
    session.logs.give(this.#log);
  }

  /**
   * Looks at its inputs before they are pinned anew: the new table says what they are then, and no longer whether they were
   * something else in between. What is moved cancels it; what is touched counts when it is concluded.
   */
  carry(): void {
    const { session, task, pins } = this.start;
    const tick = session.workspace.clock.tick();
    const { moved, touched } = this.look(pins, this.#since);
    if (moved.length > 0) this.cancellation.cancel(moved);
    this.#touched = touched;
    for (const { path } of task.outputs) pins.remade(path);
    this.#since = tick;
    this.#carried = true;
  }

  /**
   * What happened to its inputs all the while.
   * @param pins The table that it counts for. @param tick When its last try began: what was before that, it has not read.
   */
  look(pins: RunPins, tick: bigint): InputsLook {
    const since = tick > this.#since || !this.#carried ? tick : this.#since;
    const interval = { since, isPinnedSince: this.#carried };
    const { moved, touched } = lookAtInputs({ ...this.start, pins }, interval);
    return { moved, touched: [...this.#touched, ...touched] };
  }
}
