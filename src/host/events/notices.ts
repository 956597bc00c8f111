import { closeSync, constants, type FSWatcher, watch } from "node:fs";
import { openOwnFile } from "../files/own-files.ts";

/** Milliseconds between polls, in case the system drops a notice. */
const POLL = 1000;

/**
 * Waits for writes to a file. Notices of the system can get lost, so that a wait ends after a second. A missing file is
 * created. A write between two waits ends the second wait at once.
 */
export class Notices {
  readonly #watcher: FSWatcher | undefined;
  #pending = false;
  #wake: (() => void) | undefined;

  constructor(path: string) {
    closeSync(openOwnFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND));
    try {
      this.#watcher = watch(path, () => this.#notice());
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch {
      // The system has no more watches: waits end after a second.
    }
  }

  /** Resolves after a write, after a second, or on abort. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#pending && !signal.aborted)
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          this.#wake = undefined;
          resolve();
        };
        const timer = setTimeout(done, POLL);
        signal.addEventListener("abort", done);
        this.#wake = done;
      });
    this.#pending = false;
  }

  close(): void {
    this.#watcher?.close();
  }

  #notice(): void {
    this.#pending = true;
    this.#wake?.();
  }
}
