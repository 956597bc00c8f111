import { ANSWER, within } from "../backends/patience.ts";
import type { Breaker } from "../breaker.ts";
import { Connection } from "../connection.ts";
import { unseal } from "../envelope.ts";
import type { RemotePlace } from "../setting.ts";
import { distrust } from "../trust/signing.ts";
import { type AskedRun, bundlePlace, parseBundle, type Records } from "./bundle.ts";

/** From so many look-ups on, one more request saves others. */
export const MANY = 8;
/** How long look-ups wait for the rest of a bundle once the store has answered, in milliseconds: then they ask for themselves. */
const REST = 1000;

const NONE: Records = new Map();

/** A run that may have a bundle. */
export interface BundledRun extends AskedRun {
  /** How many results it may look up. */
  readonly count: number;
  /** True when it looks up all of them: the store here has none. */
  readonly isCold: boolean;
  /** False when it does a part of what was asked for, as it follows from changed files: it writes no bundle. */
  readonly isWhole: boolean;
}

interface Coming {
  /** Resolves once the store has answered; rejects when it does not. */
  readonly answered: Promise<unknown>;
  /** What a look-up gets of it. Never rejects: what cannot be used is nothing. */
  readonly inTime: Promise<Records>;
}

/**
 * The bundles of the scopes that a run reads, each asked for once, when the run makes many look-ups. They only bring records
 * early: what is missing, late, damaged or not to be trusted is as if there were no bundle.
 *
 *     look-ups ──many──▶ asked ──answer──▶ its records come ──▶ whole
 *                          │                    └──late──▶ look-ups ask for themselves
 *                          └──no answer──▶ to look-ups that have waited for it neither
 */
export class FetchedBundles {
  readonly #place: RemotePlace;
  readonly #connection: Connection;
  readonly #breaker: Breaker;
  readonly #run: BundledRun | undefined;
  readonly #coming = new Map<string, Coming>();
  readonly #whole = new Map<string, Records>();
  #lookups: number;

  /** @param run Undefined: it has none. */
  constructor(place: RemotePlace, breaker: Breaker, run: BundledRun | undefined) {
    this.#place = place;
    this.#connection = new Connection(place.backend);
    this.#breaker = breaker;
    this.#run = run;
    this.#lookups = run?.isCold === true ? run.count : 0;
  }

  /** What came of the bundle of a scope. Undefined: it was not asked for, or has not come yet. */
  wholeOf(scope: string): Records | undefined {
    return this.#whole.get(scope);
  }

  /** Counts a look-up that begins, and asks for the bundles once there are many. */
  count(): void {
    this.#lookups += 1;
    if (this.#run === undefined || this.#lookups < MANY || this.#coming.size > 0) return;
    for (const scope of this.#place.scopes.reads) this.#coming.set(scope, this.#ask(this.#run, scope));
  }

  /**
   * The records of a scope that came with its bundle. Rejects when the store has not answered for as long as a look-up may wait for
   * that.
   */
  async recordsOf(scope: string, signal: AbortSignal): Promise<Records> {
    const coming = this.#coming.get(scope);
    if (coming === undefined) return NONE;
    const whole = this.#whole.get(scope);
    if (whole !== undefined) return whole;
    const begun = performance.now();
    try {
      await within(coming.answered, 2 * ANSWER, signal);
    } catch (error) {
      // What has waited for so long is not begun anew.
      if (signal.aborted || performance.now() - begun > ANSWER / 2) throw error;
    }
    return coming.inTime;
  }

  #ask(run: AskedRun, scope: string): Coming {
    const { hasher, keys } = this.#place;
    const place = bundlePlace(run, scope, hasher);
    const { signal } = this.#breaker;
    const answered = this.#connection.begin({ kind: "record", ...place }, signal);
    const coming = answered.then(async (begun) => {
      const bytes = await begun?.rest();
      const envelope = bytes === undefined ? undefined : unseal(bytes);
      const isUsable = envelope !== undefined && distrust(envelope, scope, keys) === undefined;
      const records = isUsable ? parseBundle(envelope, place) : NONE;
      this.#whole.set(scope, records);
      return records;
    });
    const whole = coming.catch((error: unknown) => {
      this.#breaker.failed(error);
      return NONE;
    });
    const late = answered.then(
      () => new Promise<Records>((resolve) => setTimeout(() => resolve(NONE), REST).unref()),
      () => whole,
    );
    return { answered, inTime: Promise.race([whole, late]) };
  }
}
