import { closeSync, constants, type FSWatcher, watch } from "node:fs";
import { openOwnFile } from "../files/own-files.ts";

/** How long a notice may be late where the system does not deliver it, in milliseconds. */
const POLL = 1000;

/**
 * Waits for a file to be written, by the system's notices; as those may get lost, a second is the longest wait. The
 * file is made when it is not there. What is written between two waits ends the second one at once.
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
      // No more watches to be had: a look every second it is.
    }
  }

  /** Resolves after something was written, after a second, or when it is aborted. */
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
