import type { AttemptBatch } from "../../execute/executor.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { RunPins } from "../decide/pins.ts";
import type { Cancellation } from "../session/cancellation.ts";
import { type Attempted, attemptTask, type Turn } from "./attempts.ts";
import { type InputsLook, lookAtInputs } from "./inputs-look.ts";
import { readOutputs } from "./read-outputs.ts";
import type { TaskRun } from "./task-run.ts";

interface Start extends Turn {
  readonly cancellation: Cancellation;
  /** Aborted when the attempt is cancelled or the run ends. */
  readonly signal: AbortSignal;
}

/** An attempt from its start to its conclusion. Under watch it may continue while the other tasks are planned anew. */
export class Flight {
  /** The task run that began it. */
  readonly start: TaskRun;
  readonly cancellation: Cancellation;
  readonly ended: Promise<Attempted>;
  /** Those that end with it, as one call makes them. */
  readonly batch: AttemptBatch | undefined;
  /** When called: the services that it needed and that have ended meanwhile. */
  readonly lost: (() => readonly Diagnostic[]) | undefined;
  readonly #log: string;
  /** When its inputs were last examined, by the file system's clock. */
  #since: bigint;
  /** True once its inputs were pinned anew while it ran. */
  #carried = false;
  #touched: readonly string[] = [];

  constructor(start: TaskRun, { cancellation, signal, ...turn }: Start) {
    const { session } = start;
    this.start = start;
    this.cancellation = cancellation;
    this.batch = turn.batch;
    this.#log = session.logs.take();
    this.#since = session.workspace.clock.tick();
    this.lost = session.services?.guard(start.task);
    this.ended = this.#run(signal, turn);
    // The conclusion handles a rejection; until then it must not count as unhandled.
    this.ended.catch(() => {});
  }

  async #run(signal: AbortSignal, turn: Turn): Promise<Attempted> {
    const { session, task } = this.start;
    const attempted = await attemptTask(this.start, { ...turn, log: this.#log, signal });
    const { intervals, workspace } = session;
    intervals.push({ task: task.id, from: attempted.tick, to: workspace.clock.tick() });
    const isRead = attempted.outcome !== "ok" || (await readOutputs(session, task, signal));
    return isRead ? attempted : { ...attempted, outcome: "cancelled" };
  }

  get isCarried(): boolean {
    return this.#carried;
  }

  /** Releases the attempt's log. */
  close(): void {
    const { session, task } = this.start;
    session.options.resident?.attempts.delete(task.id);
    session.logs.give(this.#log);
  }

  /**
   * Looks at its inputs before they are pinned anew: the new table says what they are then, but not whether they were
   * something else in between. Moved inputs cancel the attempt; touched ones count when it is concluded.
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
   * What has happened to its inputs since it began.
   * @param pins The table of the round that asks.
   * @param tick When its last try began: earlier changes do not concern it.
   */
  look(pins: RunPins, tick: bigint): InputsLook {
    const since = tick > this.#since || !this.#carried ? tick : this.#since;
    const interval = { since, isPinnedSince: this.#carried };
    const { moved, touched } = lookAtInputs({ ...this.start, pins }, interval);
    return { moved, touched: [...this.#touched, ...touched] };
  }
}
