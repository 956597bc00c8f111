import type { Flight } from "../attempt/flight.ts";
import type { Session } from "../session/session.ts";

/**
 * Ends a round under watch before its attempts have ended, because something was edited: nothing more begins in it, and what
 * runs is carried into the next round, which plans all anew.
 */
export class Replan {
  /** What was edited. */
  readonly paths: string[] = [];
  readonly #session: Session;
  readonly #due: Promise<false>;
  #makeDue: (value: false) => void = () => {};
  #isDue = false;

  constructor(session: Session) {
    this.#session = session;
    this.#due = new Promise((resolve) => {
      this.#makeDue = resolve;
    });
    // A service that is replaced is none to carry an attempt over: those that need it would lose it.
    if (session.services === undefined) session.options.resident?.replans.add(this.#ask);
  }

  /** Resolves once the round is to end. */
  get due(): Promise<unknown> {
    return this.#due;
  }

  get isDue(): boolean {
    return this.#isDue;
  }

  /**
   * Resolves when an attempt has ended, or with false when it is to be carried over. What changes its own inputs is not: in
   * the midst of it nobody could say what they are.
   */
  isEnded({ start, ended }: Flight): Promise<boolean> {
    const isOver = ended.then(
      () => true,
      () => true,
    );
    return start.task.mutates.length > 0 ? isOver : Promise.race([isOver, this.#due]);
  }

  /** The round has ended. */
  close(): void {
    this.#session.options.resident?.replans.delete(this.#ask);
  }

  readonly #ask = (paths: readonly string[]): void => {
    if (this.#session.stop.signal.aborted) return;
    this.paths.push(...paths);
    this.#isDue = true;
    this.#makeDue(false);
  };
}
