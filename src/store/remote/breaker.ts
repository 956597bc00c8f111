import { RemoteError } from "./backends/backend.ts";
import { type Wait, Waiting } from "./waiting.ts";

/** How much a run waits for a remote store in vain, in milliseconds. */
const PATIENCE = 5000;
/** Failures, with no usable answer in between, after which it is left alone. */
const FAILURES = 3;

/**
 * Decides when a run goes on without the remote store. Once it is open, nothing is asked any more, and what is under way is
 * aborted.
 */
export class Breaker {
  readonly #onOpen: (why: string) => void;
  readonly #controller = new AbortController();
  readonly #waiting: Waiting;
  #failures = 0;
  #pausedUntil = 0;

  /** @param onOpen Called once, with what the store did, to follow its address. */
  constructor(onOpen: (why: string) => void) {
    this.#onOpen = onOpen;
    this.#waiting = new Waiting(PATIENCE, () => this.open(`kept this run waiting for ${PATIENCE / 1000} s`));
  }

  /** Aborted when it opens. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isOpen(): boolean {
    return this.signal.aborted;
  }

  /** True when it has not been doing well: what is not needed is better left. */
  get isNear(): boolean {
    return this.isOpen || this.#failures > 0 || this.pause > 0 || this.#waiting.left < PATIENCE / 2;
  }

  /** Milliseconds for which the store asked not to be asked. */
  get pause(): number {
    return Math.max(0, this.#pausedUntil - performance.now());
  }

  /** @param isBusy True while the run does not need what it waits for. */
  begin(isBusy?: () => boolean): Wait {
    return this.#waiting.begin(isBusy);
  }

  /** It gave an answer that can be used. */
  answered(): void {
    this.#failures = 0;
  }

  /** Something went wrong. A usable answer is no failure, though it be "no" or damaged: what came for nothing counts as waiting. */
  failed(error: unknown): void {
    const { message } = error as Error;
    const { trouble, retryAfter } = error instanceof RemoteError ? error : new RemoteError("down", message);
    if (trouble !== "down") return;
    if (retryAfter === undefined) this.#failures += 1;
    else if (retryAfter <= PATIENCE) this.#pausedUntil = performance.now() + retryAfter;
    else this.open(`${message} and asks to be left alone for ${Math.round(retryAfter / 1000)} s`);
    if (this.#failures >= FAILURES) this.open(message);
  }

  open(why: string): void {
    if (this.isOpen) return;
    this.#controller.abort(new RemoteError("down", why));
    this.#onOpen(why);
  }
}
