/** A clock of what a run waits for a remote store in vain. */
export interface Wait {
  /** What follows is worth its time for so long, in milliseconds. */
  cover(time: number): void;
  /** So many milliseconds were spent in vain, while this process itself stood still. */
  waste(time: number): void;
  /** @param saved Milliseconds that were saved by it; 0: it was in vain. */
  end(saved: number): void;
}

/**
 * Does work with what a store gave. When that turns out to be of no use, the time that the work took is the store's.
 * @param waste Called with it, in milliseconds.
 */
export function charging<T>(work: () => T, waste: (time: number) => void = () => {}): T {
  const begun = performance.now();
  try {
    return work();
  } catch (error) {
    waste(performance.now() - begun);
    throw error;
  }
}

/** How often the clock looks whether the run is busy, in milliseconds. */
const TICK = 50;

/** What is counted, with what tells that the run is busy meanwhile. */
interface Counted {
  readonly isBusy: () => boolean;
}

/**
 * How much longer a run may wait for a remote store, in all. The clock goes while at least one wait is not covered by what it
 * brings, and the run has no other work; waits at the same time count once. Time in which this process itself stood still
 * is not the store's. A wait that turns out to be in vain counts as a whole; one that saved time gives
 * back so much.
 *
 *     begin ──▶ counts ◀──cover──▶ covered ──▶ end
 */
export class Waiting {
  readonly #budget: number;
  readonly #spent: () => void;
  readonly #counting = new Set<Counted>();
  #left: number;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param budget Milliseconds.
   * @param spent Called once nothing is left of it.
   */
  constructor(budget: number, spent: () => void) {
    this.#budget = budget;
    this.#left = budget;
    this.#spent = spent;
  }

  /** Milliseconds. */
  get left(): number {
    return this.#left;
  }

  /** @param isBusy True while the run does not need what it waits for. */
  begin(isBusy: () => boolean = () => false): Wait {
    const wait = { isBusy };
    let coveredUntil = 0;
    let covered = 0;
    let timer: NodeJS.Timeout | undefined;
    const uncover = (): void => this.#count(wait);
    uncover();
    return {
      cover: (time) => {
        const now = performance.now();
        coveredUntil = Math.max(coveredUntil, now) + time;
        covered += time;
        this.#uncount(wait);
        clearTimeout(timer);
        timer = setTimeout(uncover, coveredUntil - now);
      },
      waste: (time) => this.#spend(time),
      end: (saved) => {
        clearTimeout(timer);
        this.#uncount(wait);
        // What was covered has not been counted.
        const uncounted = covered - Math.max(0, coveredUntil - performance.now());
        this.#left = Math.min(this.#budget, this.#left + (saved > 0 ? Math.max(0, saved - uncounted) : -uncounted));
        if (this.#left <= 0) this.#spent();
      },
    };
  }

  #count(wait: Counted): void {
    if (this.#counting.size === 0) {
      this.#since = performance.now();
      this.#timer = setInterval(() => this.#tick(), TICK);
    }
    this.#counting.add(wait);
  }

  #uncount(wait: Counted): void {
    if (!this.#counting.has(wait)) return;
    this.#tick();
    this.#counting.delete(wait);
    if (this.#counting.size === 0) clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    const since = this.#since;
    const isWaiting = [...this.#counting].some(({ isBusy }) => !isBusy());
    this.#since = now;
    if (isWaiting) this.#spend(Math.min(now - since, 2 * TICK));
  }

  #spend(time: number): void {
    this.#left -= time;
    if (this.#left > 0) return;
    clearInterval(this.#timer);
    this.#spent();
  }
}
