import type { Diagnostic } from "../model/diagnostic.ts";
import type { Tell } from "../report/openlineage/send.ts";

/** Milliseconds of rest after a run before its snapshot is written, so that the next edit need not wait for that. */
const SAVE_AFTER = 1000;

/** What is left to do when a run has ended and its results are there. Nobody waits for it, but the end of watch. */
export class Aftermath {
  readonly #told: (diagnostics: readonly Diagnostic[]) => void;
  #save: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tell: Tell | undefined;
  #telling: Promise<unknown> = Promise.resolve();

  constructor(told: (diagnostics: readonly Diagnostic[]) => void) {
    this.#told = told;
  }

  /** @param save Writes the snapshot, with which other commands are faster. */
  later(save: () => void): void {
    this.#save = save;
  }

  tell(tell: Tell | undefined): void {
    this.#tell = tell;
  }

  /** A run has ended. */
  begin(): void {
    const tell = this.#tell;
    this.#tell = undefined;
    if (tell !== undefined)
      this.#telling = Promise.all([this.#telling, tell()]).then(([, untold]) => {
        if (untold !== undefined) this.#told([untold]);
      });
    this.pause();
    this.#timer = setTimeout(() => this.#finish(), SAVE_AFTER);
  }

  /** A run begins. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  async close(): Promise<void> {
    this.pause();
    this.#finish();
    await this.#telling;
  }

  #finish(): void {
    const save = this.#save;
    this.#save = undefined;
    try {
      save?.();
    } catch {
      // The disk is full, or the store is gone: the next command looks for itself.
    }
  }
}
