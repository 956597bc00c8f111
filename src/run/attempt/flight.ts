import type { Reason } from "../../model/decision.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import type { RunPins } from "../decide/pins.ts";
import type { Look } from "../decide/planner.ts";
import type { Session } from "../session/session.ts";
import { type Attempted, attemptTask } from "./attempts.ts";
import { type InputsLook, lookAtInputs } from "./inputs-look.ts";
import { readOutputs } from "./outputs-ahead.ts";

/** What an attempt begins with. */
export interface Start {
  readonly task: Task;
  readonly look: Look;
  readonly reason: Reason;
  /** The table that it was decided by. */
  readonly pins: RunPins;
  /** Cancels it because of the paths that are the abort's reason. */
  readonly edited: AbortController;
}

/** An attempt that nobody has concluded yet. Under watch it may go on while the other tasks are planned anew. */
export class Flight {
  readonly start: Start;
  readonly ended: Promise<Attempted>;
  /** What it needed and that ended meanwhile. */
  readonly lost: (() => readonly Diagnostic[]) | undefined;
  readonly #session: Session;
  readonly #log: string;
  /** Up to here its inputs were looked at, by the file system's clock. */
  #since: bigint;
  /** True once its inputs were pinned anew while it ran. */
  #carried = false;
  #touched: readonly string[] = [];

  constructor(session: Session, start: Start, signal: AbortSignal) {
    this.#session = session;
    this.start = start;
    this.#log = session.logs.take();
    this.#since = session.workspace.clock.tick();
    this.lost = session.services?.guard(start.task);
    this.ended = this.#run(signal);
    // Whoever concludes it hears of what was thrown; until then nobody listens.
    this.ended.catch(() => {});
  }

  async #run(signal: AbortSignal): Promise<Attempted> {
    const { task, pins } = this.start;
    const attempted = await attemptTask(this.#session, pins, task, this.#log, signal);
    const { intervals, workspace } = this.#session;
    intervals.push({ task: task.id, from: attempted.tick, to: workspace.clock.tick() });
    const isRead = attempted.outcome !== "ok" || (await readOutputs(this.#session, task, signal));
    return isRead ? attempted : { ...attempted, outcome: "cancelled" };
  }

  /** Nobody needs what it printed any more. */
  close(): void {
    this.#session.options.resident?.attempts.delete(this.start.task.id);
    this.#session.logs.give(this.#log);
  }

  /**
   * Looks at its inputs before they are pinned anew: the new table says what they are then, and no longer whether they were
   * something else in between. What is moved cancels it; what is touched counts when it is concluded.
   */
  carry(): void {
    const { task, pins, edited } = this.start;
    const tick = this.#session.workspace.clock.tick();
    const { moved, touched } = this.look(pins, this.#since);
    if (moved.length > 0) edited.abort(moved);
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
    const { moved, touched } = lookAtInputs(this.#session, pins, this.start.task, interval);
    return { moved, touched: [...this.#touched, ...touched] };
  }
}
