import type { Diagnostic } from "../model/diagnostic.ts";
import type { Send } from "../report/openlineage/send.ts";

/**
 * How long watch rests after a run before it writes the snapshot, in milliseconds, so that the next edit does not
 * wait for that.
 */
const SAVE_AFTER = 1000;

/** The work that is left when a run has ended and its results are in place. Only the end of watch waits for it. */
export class Aftermath {
  readonly #report: (diagnostics: readonly Diagnostic[]) => void;
  #save: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #send: Send | undefined;
  #sending: Promise<unknown> = Promise.resolve();

  constructor(report: (diagnostics: readonly Diagnostic[]) => void) {
    this.#report = report;
  }

  /** @param save Writes the snapshot, which makes other commands faster. */
  later(save: () => void): void {
    this.#save = save;
  }

  /** @param send Sends the lineage of the run that goes on. */
  send(send: Send | undefined): void {
    this.#send = send;
  }

  /** A run has ended. */
  begin(): void {
    const send = this.#send;
    this.#send = undefined;
    if (send !== undefined)
      this.#sending = Promise.all([this.#sending, send()]).then(([, unsent]) => {
        if (unsent !== undefined) this.#report([unsent]);
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
    await this.#sending;
  }

  #finish(): void {
    const save = this.#save;
    this.#save = undefined;
    try {
      save?.();
    } catch {
      // The disk is full, or the store is gone: the next command looks at the files itself.
    }
  }
}
