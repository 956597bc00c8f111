import { phase } from "../host/phases.ts";
import type { Store } from "./store.ts";
import type { Commit } from "./writer.ts";

/** How long a finished attempt may wait for others, so that they share a transaction, in milliseconds. */
const GROUP_WINDOW = 100;

/** Versions that may wait: those of more sources would be held in memory, and written in one large transaction. */
const MOST_VERSIONS = 4096;

/**
 * Group commit. What is queued is written at the latest `GROUP_WINDOW` later; until then a crash loses it, which costs
 * reruns and nothing else, because the intents of those attempts are still open.
 */
export class CommitQueue {
  readonly #store: Store;
  readonly #onWritten: (attempts: readonly string[]) => void;
  #attempts: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #queued = false;
  #versions = 0;

  /** @param onWritten Called with the attempts that are now committed. */
  constructor(store: Store, onWritten: (attempts: readonly string[]) => void) {
    this.#store = store;
    this.#onWritten = onWritten;
  }

  add(commit: Commit, attempt?: string): void {
    this.#store.commit(commit);
    if (attempt !== undefined) this.#attempts.push(attempt);
    this.#queued = true;
    this.#versions += commit.versions?.length ?? 0;
    if (this.#versions >= MOST_VERSIONS) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), GROUP_WINDOW);
  }

  /** Writes what is queued; throws a DiagnosticError when the disk does not take it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#queued) return;
    this.#queued = false;
    this.#versions = 0;
    const attempts = this.#attempts;
    this.#attempts = [];
    phase(
      "store",
      "commit",
      () => this.#store.flush(),
      () => `${attempts.length} attempts`,
    );
    this.#onWritten(attempts);
  }
}
