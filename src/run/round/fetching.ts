import { worksInPlace } from "../../graph/mutations.ts";
import type { Fingerprint } from "../../model/digest.ts";
import type { Entry } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { lacksResult } from "../../plan/decide.ts";
import type { Verdict } from "../../plan/schedule.ts";
import type { Flights } from "../attempt/flights.ts";
import { clearPlaces } from "../attempt/place-outputs.ts";
import type { Deferrable } from "../decide/deferrable.ts";
import type { RunPins } from "../decide/pins.ts";
import type { Assessment } from "../decide/planner.ts";
import type { Session } from "../session/session.ts";
import type { Deferrals } from "./deferrals.ts";
import type { Outcomes } from "./outcomes.ts";
import type { Replan } from "./replan.ts";

interface Parts {
  readonly deferrable: Deferrable;
  readonly deferrals: Deferrals;
  readonly flights: Flights;
  readonly outcomes: Outcomes;
  readonly replan: Replan;
}

/**
 * What has to be asked of a shared cache, or brought from it, before the decision about a task is carried out. It is queued beside
 * attempts; then the task is decided again.
 */
export class Fetching {
  readonly #session: Session;
  readonly #pins: RunPins;
  readonly #parts: Parts;
  /** Task → what is done when its turn comes. */
  readonly #queued = new Map<string, () => Promise<void>>();

  constructor(session: Session, pins: RunPins, parts: Parts) {
    this.#session = session;
    this.#pins = pins;
    this.#parts = parts;
  }

  /** What comes before the decision is carried out; undefined: nothing. */
  before(task: Task, assessment: Assessment): Verdict | undefined {
    const { deferrals, outcomes } = this.#parts;
    const { action } = assessment.decision;
    if (this.#maySeek(task, assessment)) return this.#queue(task, () => this.#seek(task, assessment));
    if (this.#session.options.dry) return undefined;
    if (action === "defer") return this.#queue(task, () => this.#clear(task, assessment.entry as Entry));
    if (action !== "run" || !deferrals.isNeeding(task)) return undefined;
    if (deferrals.isDeprived(task)) return outcomes.postpone(task);
    return this.#queue(task, () => deferrals.bring(task));
  }

  /** A task's turn has come. */
  async fetch(task: Task): Promise<void> {
    const { outcomes, replan } = this.#parts;
    // The round ended while the task waited.
    if (this.#session.stop.signal.aborted || replan.isDue) return;
    outcomes.tookTime = true;
    await this.#queued.get(task.id)?.();
  }

  #queue(task: Task, act: () => Promise<void>): "fetch" {
    this.#queued.set(task.id, act);
    return "fetch";
  }

  /** True when the missing result may be elsewhere and was not looked up yet. */
  #maySeek(task: Task, { decision, fingerprint, entry }: Assessment): boolean {
    const { lookups, lost } = this.#session;
    if (lookups === undefined || worksInPlace(task) || lost.has(fingerprint)) return false;
    return lacksResult(decision) && !lookups.isAnswered(fingerprint, this.#isWanted(task, entry));
  }

  /** True when a result is of use only as a whole: the bytes of a deferred one have been found to be missed. */
  #isWanted(task: Task, entry: Entry | undefined): boolean {
    return entry?.deferred === true || !this.#parts.deferrable.allows(task);
  }

  async #seek(task: Task, { fingerprint, description, entry }: Assessment): Promise<void> {
    const isBusy = (): boolean => this.#parts.flights.size >= this.#session.jobs;
    const asked = { fingerprint, isBusy, isKnown: entry !== undefined, whole: this.#isWanted(task, entry) };
    await this.#session.lookups?.bring({ task, description, pins: this.#pins, ...asked }, this.#parts.replan.due);
  }

  async #clear(task: Task, entry: Entry): Promise<void> {
    if (!(await clearPlaces(this.#session, entry))) this.#session.undeferred.add(task.id);
  }
}

/** True for a deferred result whose bytes turned out to be gone. */
export function isLost({ lost, lookups }: Session, fingerprint: Fingerprint): boolean {
  return lost.has(fingerprint) || lookups?.isAnswered(fingerprint, true) === true;
}
