import type { Fingerprint } from "../../../model/digest.ts";
import { atOnce } from "../at-once.ts";
import type { Sending } from "../blob-sender.ts";
import { Breaker } from "../breaker.ts";
import { Connection } from "../connection.ts";
import type { Knowledge } from "../knowledge.ts";
import type { RemotePlace } from "../setting.ts";
import { AT_ONCE, Survey } from "../upkeep/survey.ts";
import type { Records } from "./bundle.ts";
import { BundleSender } from "./bundle-sender.ts";
import { type BundledRun, FetchedBundles, MANY } from "./fetched-bundles.ts";

/** What a bundle is to hold beside the results that are pushed. */
export interface PushedBundle {
  readonly run: Omit<BundledRun, "count" | "isCold" | "mayGrow">;
  /** Records of the scope that other machines wrote, and this one has taken. */
  readonly taken: readonly Fingerprint[];
}

/** The bundle of runs whose results are pushed; those that others made are copied from the one before, or read. */
export class BundlePush {
  readonly #place: RemotePlace;
  readonly #scope: string;
  readonly #knowledge: Knowledge;
  readonly #connection: Connection;
  readonly #taken: readonly Fingerprint[];
  readonly #bundles: FetchedBundles;
  readonly #sender: BundleSender;

  constructor(opened: RemotePlace, scope: string, knowledge: Knowledge, { run, taken }: PushedBundle) {
    const place = { ...opened, scopes: { reads: [scope], writes: scope } };
    const connection = new Connection(place.backend);
    const breaker = new Breaker(() => {});
    this.#place = place;
    this.#scope = scope;
    this.#knowledge = knowledge;
    this.#connection = connection;
    this.#taken = taken;
    const bundled = { ...run, count: MANY, isCold: true, mayGrow: false };
    this.#bundles = new FetchedBundles({ place, connection, breaker }, bundled);
    this.#sender = new BundleSender(place, knowledge, this.#bundles, bundled);
  }

  /** Asks for the bundle that is there. To be awaited before a result is looked for: none that is replaced later may get into another one. */
  async begin(signal: AbortSignal): Promise<void> {
    this.#bundles.count();
    await this.#before(signal).catch(() => {});
  }

  /** Sends the one that takes its place. */
  async send(sending: Sending): Promise<void> {
    const before = await this.#before(sending.signal);
    const survey = new Survey(this.#place, sending.signal);
    await atOnce(AT_ONCE, this.#taken, async (fingerprint) => {
      if (this.#isSound(survey, fingerprint, before.get(fingerprint))) return;
      const name = { kind: "record", scope: this.#scope, fingerprint } as const;
      this.#isSound(survey, fingerprint, await this.#connection.record(name, sending.signal));
    });
    await this.#sender.send(this.#scope, sending);
  }

  #before(signal: AbortSignal): Promise<Records> {
    return this.#bundles.recordsOf(this.#scope, signal);
  }

  #isSound(survey: Survey, fingerprint: Fingerprint, bytes: Buffer | undefined): boolean {
    if (bytes === undefined) return false;
    const place = { scope: this.#scope, fingerprint };
    const read = survey.judge(bytes, place);
    if ((read.kind !== "result" && read.kind !== "found") || read.distrusted !== undefined) return false;
    this.#knowledge.sound(read.kind, place, bytes);
    return true;
  }
}
