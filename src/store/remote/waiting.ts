/** A clock of what a run waits for a remote store in vain. */
export interface Wait {
  /** What follows is worth its time for so long, in milliseconds. */
  cover(time: number): void;
  /** @param saved Milliseconds that were saved by it; 0: it was in vain. */
  end(saved: number): void;
}

/**
 * How much longer a run may wait for a remote store, in all. The clock goes while at least one wait is not covered by what it
 * brings; waits at the same time count once. A wait that turns out to be in vain counts as a whole; one that saved time gives
 * back so much.
 *
 *     begin ──▶ counts ◀──cover──▶ covered ──▶ end
 */
export class Waiting {
  readonly #budget: number;
  readonly #spent: () => void;
  readonly #counting = new Set<object>();
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

  begin(): Wait {
    const wait = {};
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

  #count(wait: object): void {
    if (this.#counting.size === 0) {
      this.#since = performance.now();
      this.#timer = setTimeout(this.#spent, Math.max(0, this.#left));
    }
    this.#counting.add(wait);
  }

  #uncount(wait: object): void {
    if (!this.#counting.delete(wait) || this.#counting.size > 0) return;
    clearTimeout(this.#timer);
    this.#left -= performance.now() - this.#since;
  }
}
