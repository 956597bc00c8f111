import { digestOf } from "../../../fingerprint/sets.ts";
import type { SetNode } from "../../../model/description.ts";
import type { Digest, Fingerprint } from "../../../model/digest.ts";
import { atOnce } from "../at-once.ts";
import type { RemotePlace } from "../setting.ts";
import type { RecordPlace } from "../shared-record.ts";
import { AT_ONCE, damageOf, type ReadRecord, Survey } from "../upkeep/survey.ts";
import { checkedDescription } from "./description.ts";
import { type NamedTask, type RecentResult, recentPlaces } from "./recent.ts";

type Read<Kind extends ReadRecord["kind"]> = ReadRecord & { readonly kind: Kind };

/** The results of a task that a place names. */
export interface RecentResults {
  /** Those that readers here take. */
  readonly results: readonly Read<"result">["result"][];
  /** Nodes of the sets that they were made of, as far as they are there. */
  readonly nodes: ReadonlyMap<Digest, SetNode>;
  /** How many records were passed over, as they are damaged. */
  readonly damaged: number;
  /** How many records were passed over, as no trusted key signed them. */
  readonly distrusted: number;
}

/**
 * Reads what a place has of a task in the scopes that are read here. Brings no blob. Rejects when there is no answer.
 * @param present What the task is made of here: its result is looked for as well.
 */
export async function recentResults(
  place: RemotePlace,
  of: NamedTask,
  present: Fingerprint | undefined,
  signal: AbortSignal,
): Promise<RecentResults> {
  const reading = new Reading(new Survey(place, signal));
  const { hasher, scopes } = place;
  const named: RecordPlace[] = scopes.reads.flatMap((scope) =>
    present === undefined ? [] : [{ scope, fingerprint: present }],
  );
  const nodes = new Map<Digest, SetNode>();
  await atOnce(
    AT_ONCE,
    scopes.reads.flatMap((scope) => recentPlaces(of, scope, hasher)),
    async (at) => {
      const recent = await reading.recent(at);
      if (recent === undefined) return;
      named.push({ scope: at.scope, fingerprint: recent.result });
      for (const node of recent.nodes) nodes.set(digestOf(node, hasher), node);
    },
  );
  const results: Read<"result">["result"][] = [];
  await atOnce(AT_ONCE, new Map(named.map((at) => [`${at.scope} ${at.fingerprint}`, at])).values(), async (at) => {
    const result = await reading.result(at);
    if (result?.record.task === of.task && result.record.manifest === of.manifest) results.push(result);
  });
  return { results, nodes, damaged: reading.damaged, distrusted: reading.distrusted };
}

/** Reads records, and counts those that are of no use. */
class Reading {
  damaged = 0;
  distrusted = 0;
  readonly #survey: Survey;

  constructor(survey: Survey) {
    this.#survey = survey;
  }

  async recent(at: RecordPlace): Promise<RecentResult | undefined> {
    return (await this.#trusted(at, "recent"))?.recent;
  }

  async result(at: RecordPlace): Promise<Read<"result">["result"] | undefined> {
    const result = (await this.#trusted(at, "result"))?.result;
    try {
      if (result !== undefined) checkedDescription(result.record.description);
      return result;
    } catch (error) {
      damageOf(error);
      this.damaged += 1;
      return undefined;
    }
  }

  /** Undefined: there is none, or another version of inc wrote it; those of no use are counted. */
  async #trusted<Kind extends "recent" | "result">(at: RecordPlace, kind: Kind): Promise<Read<Kind> | undefined> {
    const read = await this.#survey.record(at);
    if (read.kind === "damaged") this.damaged += 1;
    if (read.kind !== kind) return undefined;
    const wanted = read as Read<Kind>;
    if (wanted.distrusted === undefined) return wanted;
    this.distrusted += 1;
    return undefined;
  }
}
