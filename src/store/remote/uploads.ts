import type { Blobs } from "../blobs/blobs.ts";
import { RemoteError } from "./backends/backend.ts";
import { STALL, within } from "./backends/patience.ts";
import { type Sending, Unsendable } from "./blob-sender.ts";
import type { Breaker } from "./breaker.ts";
import { Hints } from "./hints.ts";
import type { SharedResult, Sharing } from "./remote.ts";
import type { Sender } from "./sender.ts";

/** Results on their way at once. */
const AT_ONCE = 8;
/** Bytes of their outputs at once; a larger result goes alone. */
const BYTES = 256 * 1024 * 1024;
/** How long a run waits at its end for what is still on its way, in milliseconds. */
const DRAIN = 30_000;
/** Bytes a second from which on that is worth waiting for. */
const RATE = 256 * 1024;
/** Names on their way at once, while there are tasks. */
const NAMES_AT_ONCE = 2;
/** How long a run waits at its end for names alone, in milliseconds. */
const NAMES = 1000;
/** How long it waits then for the bundle. */
const BUNDLE = 2000;
/** What taking one object counts for at least, in bytes: many small ones are slow, too. */
const OBJECT = 16 * 1024;

/** What takes them there. */
export interface ResultSender extends Pick<Sender, "send" | "name"> {
  /** Sends what brings the records of this run to the next one like it, if that is of use. */
  bundle(scope: string, sending: Sending): Promise<void>;
}

interface Job {
  readonly made: SharedResult;
  readonly blobs: Blobs;
  readonly size: number;
  /** The store asked to wait with it. */
  readonly isRepeated?: true;
}

/** Results that were not sent. */
export interface Unsent {
  readonly count: number;
  /** What the store did, to follow its address. */
  readonly why: string;
}

/**
 * Takes results to a remote store behind the tasks: what waits are names, for their bytes lie in the store here.
 *
 *     share ──▶ waiting ──▶ under way ──▶ sent ──▶ named and bundled, where there is time
 *                               └▶ given up
 *
 * Names and the bundle come last: without them a result is found as well, though `inc why` does not know it, or it takes longer.
 */
export class Uploads implements Sharing {
  readonly #sender: ResultSender;
  readonly #scope: string;
  readonly #breaker: Breaker;
  readonly #onUnsent: (unsent: Unsent) => void;
  readonly #waiting: Job[] = [];
  /** Task → its latest result that was sent and has no name. */
  readonly #unnamed = new Map<string, SharedResult>();
  readonly #naming = new Set<Promise<void>>();
  readonly #hints = new Hints();
  #namesAtOnce = NAMES_AT_ONCE;
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #bytes = 0;
  /** Results that are not there, and were not found to be none for others. */
  #unsent = 0;
  #why: string | undefined;
  #went: (bytes: number) => void = () => {};

  /** @param onUnsent Called at the end when some were not sent, unless the breaker said why. */
  constructor(sender: ResultSender, scope: string, breaker: Breaker, onUnsent: (unsent: Unsent) => void) {
    this.#onUnsent = onUnsent;
    this.#sender = sender;
    this.#scope = scope;
    this.#breaker = breaker;
    breaker.signal.addEventListener("abort", () => this.#giveUp(), { once: true });
  }

  share(made: SharedResult, blobs: Blobs): void {
    const size = made.entry.outputs.reduce((sum, output) => sum + output.size, 0);
    this.#unsent += 1;
    this.#waiting.push({ made, blobs, size });
    this.#next();
  }

  async drain(signal: AbortSignal): Promise<void> {
    const wait = this.#breaker.begin();
    this.#went = (bytes) => wait.cover((bytes / RATE) * 1000);
    const late = (): void => this.#giveUp(`did not take them within ${DRAIN / 1000} s`);
    const timer = setTimeout(late, DRAIN);
    const interrupt = (): void => this.#giveUp();
    signal.addEventListener("abort", interrupt, { once: true });
    if (signal.aborted) interrupt();
    try {
      while (this.#running.size > 0) await Promise.race(this.#running);
      await this.#drainNames();
      await this.#drainBundle();
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", interrupt);
      // What was sent is worth what it took.
      wait.end(Number.MIN_VALUE);
    }
    if (this.#why !== undefined && this.#unsent > 0 && !this.#breaker.isOpen)
      this.#onUnsent({ count: this.#unsent, why: this.#why });
  }

  #next(): void {
    while (this.#running.size < AT_ONCE) {
      const job = this.#waiting[0];
      if (job === undefined || (this.#bytes > 0 && this.#bytes + job.size > BYTES)) return;
      this.#waiting.shift();
      if (this.#stop.signal.aborted || this.#breaker.isOpen) continue;
      this.#bytes += job.size;
      const running = this.#send(job).finally(() => {
        this.#running.delete(running);
        this.#bytes -= job.size;
        this.#next();
        this.#nextNames();
      });
      this.#running.add(running);
    }
  }

  /** Names have connections of their own, so that none keeps a result waiting. */
  #nextNames(): void {
    if (this.#stop.signal.aborted || this.#breaker.isNear) this.#unnamed.clear();
    for (const [task, made] of this.#unnamed) {
      if (this.#waiting.length > 0 || this.#naming.size >= this.#namesAtOnce) return;
      this.#unnamed.delete(task);
      const naming = this.#name(made).finally(() => {
        this.#naming.delete(naming);
        this.#nextNames();
      });
      this.#naming.add(naming);
    }
  }

  async #drainNames(): Promise<void> {
    this.#namesAtOnce = AT_ONCE;
    this.#nextNames();
    const timer = setTimeout(() => this.#giveUp(), NAMES);
    while (this.#naming.size > 0) await Promise.race(this.#naming);
    clearTimeout(timer);
  }

  async #drainBundle(): Promise<void> {
    if (this.#stop.signal.aborted || this.#breaker.isNear) return;
    const timer = setTimeout(() => this.#giveUp(), BUNDLE);
    await this.#hints.give(() => this.#sender.bundle(this.#scope, this.#sending));
    clearTimeout(timer);
  }

  #name(made: SharedResult): Promise<void> {
    return this.#hints.give(() => this.#sender.name(made, this.#scope, this.#sending));
  }

  get #sending(): Sending {
    return { signal: this.#stop.signal, went: (bytes) => this.#went(Math.max(bytes, OBJECT)) };
  }

  async #send(job: Job): Promise<void> {
    const { signal } = this.#stop;
    const { made, blobs } = job;
    try {
      await this.#resumed();
      await this.#sender.send(made, blobs, this.#scope, this.#sending);
      this.#breaker.answered();
      this.#unsent -= 1;
      this.#unnamed.set(made.record.task, made);
    } catch (error) {
      if (signal.aborted) return;
      const isPaused = error instanceof RemoteError && error.retryAfter !== undefined;
      this.#breaker.failed(error);
      if (isPaused && !job.isRepeated) this.#waiting.unshift({ ...job, isRepeated: true });
      else this.#failed(error);
    }
  }

  /** Resolves once the store may be asked. */
  async #resumed(): Promise<void> {
    const { pause } = this.#breaker;
    if (pause > 0) await within(new Promise((resolve) => setTimeout(resolve, pause)), pause + STALL, this.#stop.signal);
  }

  #failed(error: unknown): void {
    const trouble = error instanceof RemoteError ? error.trouble : undefined;
    // What readers would refuse, and what is damaged here, is nothing for others.
    if (trouble === "damaged" || error instanceof Unsendable) {
      this.#unsent -= 1;
      return;
    }
    const { message } = error as Error;
    this.#why ??= message;
    if (trouble === "refused" || trouble === "full") this.#giveUp(message);
  }

  /** @param why Undefined: the run knows. */
  #giveUp(why?: string): void {
    this.#waiting.splice(0);
    if (why !== undefined) this.#why ??= why;
    this.#stop.abort();
  }
}
