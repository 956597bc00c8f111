import type { Flight } from "../attempt/flight.ts";
import type { Session } from "../session/session.ts";

/**
 * Ends a round early because of an edit under watch, or because what a task made gives the graph other units: no attempt begins
 * in it any more, and running ones are carried into the next round, which decides all tasks anew.
 */
export class Replan {
  /** Edited paths. */
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
    // With services no attempt is carried over: it would lose a service that the next round replaces.
    if (session.services === undefined) session.options.resident?.replans.add(this.#ask);
  }

  /** Resolves once the round is to end. */
  get due(): Promise<unknown> {
    return this.#due;
  }

  get isDue(): boolean {
    return this.#isDue;
  }

  /** True when it is due because of an edit. */
  isEdited = false;

  /** The graph has to be expanded. With services the round goes on to its end: no attempt can be carried over. */
  expand(): void {
    if (this.#session.services !== undefined || this.#session.stop.signal.aborted) return;
    this.#end();
  }

  /**
   * Resolves to true when an attempt has ended, to false when it is carried over. An attempt that changes its own
   * inputs is always awaited: until it has ended, they cannot be pinned.
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
    this.isEdited = true;
    this.#end();
  };

  #end(): void {
    this.#isDue = true;
    this.#makeDue(false);
  }
}
