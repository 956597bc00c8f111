import { defined } from "../../../model/defined.ts";
import { ANSWER, within } from "../backends/patience.ts";
import type { Breaker } from "../breaker.ts";
import type { Connection } from "../connection.ts";
import { unseal } from "../envelope.ts";
import type { RemotePlace } from "../setting.ts";
import type { RecordPlace } from "../shared-record.ts";
import { distrust } from "../trust/signing.ts";
import { type AskedRun, type Bundle, bundlePlace, parseBundle, type Records } from "./bundle.ts";
import { readMark } from "./mark.ts";

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
  /** True when there may be more of them than is known before it begins. */
  readonly mayGrow: boolean;
  /** False when it does a part of what was asked for, as it follows from changed files: it writes no bundle. */
  readonly isWhole: boolean;
}

/** Where bundles are. */
interface BundlesPlace {
  readonly place: RemotePlace;
  readonly connection: Connection;
  readonly breaker: Breaker;
}

interface Coming {
  /** Resolves once the store has answered, and given the scope's mark; rejects when it does not. */
  readonly answered: Promise<unknown>;
  /** What a look-up gets of it. Never rejects: what cannot be used is nothing. */
  readonly inTime: Promise<Records>;
}

/**
 * The bundles of the scopes that a run reads, each asked for once, when the run makes many look-ups. They only bring records
 * early: what is missing, late, damaged, not to be trusted or older than a replacement is as if there were no bundle.
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
  /** Scope → its mark, read before any record was asked for. */
  readonly #marks = new Map<string, string | undefined>();
  #lookups = 0;

  /** @param run Undefined: it has none. */
  constructor({ place, connection, breaker }: BundlesPlace, run: BundledRun | undefined) {
    this.#place = place;
    this.#connection = connection;
    this.#breaker = breaker;
    this.#run = run;
  }

  /** What came of the bundle of a scope. Undefined: it was not asked for, or has not come yet. */
  wholeOf(scope: string): Records | undefined {
    return this.#whole.get(scope);
  }

  /**
   * The mark of a scope, when it is the one that it had before the first look-up: so no record that was read since has been replaced.
   * Undefined: it is another one, or that is not known, as it was asked for later.
   * @returns `mark` is absent while there is none.
   */
  async markSinceBegin(scope: string, signal: AbortSignal): Promise<{ readonly mark?: string } | undefined> {
    if (!this.#marks.has(scope)) return undefined;
    const mark = await readMark(this.#place, this.#connection, scope, signal);
    return mark === this.#marks.get(scope) ? defined({ mark }) : undefined;
  }

  /** Counts a look-up that begins, and asks for the bundles once there are many. */
  count(): void {
    const run = this.#run;
    this.#lookups += 1;
    if (run === undefined || this.#coming.size > 0) return;
    const isFirst = this.#lookups === 1 && run.isCold && (run.count >= MANY || run.mayGrow);
    if (!isFirst && this.#lookups < MANY) return;
    for (const scope of this.#place.scopes.reads) this.#coming.set(scope, this.#ask(run, scope, isFirst));
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

  /** Undefined: it is not to be trusted, or of another release of inc. */
  #open(bytes: Buffer, place: RecordPlace): Bundle | undefined {
    const envelope = unseal(bytes);
    if (envelope === undefined || distrust(envelope, place.scope, this.#place.keys) !== undefined) return undefined;
    return parseBundle(envelope, place);
  }

  /** @param isFirst True: no record was asked for before. */
  #ask(run: AskedRun, scope: string, isFirst: boolean): Coming {
    const { hasher } = this.#place;
    const place = bundlePlace(run, scope, hasher);
    const { signal } = this.#breaker;
    const marked = readMark(this.#place, this.#connection, scope, signal);
    const answered = Promise.all([this.#connection.begin({ kind: "record", ...place }, signal), marked]);
    const coming = answered.then(async ([begun, mark]) => {
      if (isFirst) this.#marks.set(scope, mark);
      const bytes = await begun?.rest();
      const bundle = bytes === undefined ? undefined : this.#open(bytes, place);
      const records = bundle !== undefined && bundle.mark === mark ? bundle.records : NONE;
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
