import { type Sending, whole } from "../blob-sender.ts";
import { seal } from "../envelope.ts";
import type { Knowledge } from "../knowledge.ts";
import type { RemotePlace } from "../setting.ts";
import { bundlePayload, bundlePlace, type Records } from "./bundle.ts";
import { type BundledRun, type FetchedBundles, MANY } from "./fetched-bundles.ts";
import { renewMark } from "./mark.ts";

/** Which part of a run's results has to be known: one that found most of them here would replace a bundle by less. */
const MOST = 0.75;

/** Writes the bundle of a scope, for runs like the one that ends. */
export class BundleSender {
  readonly #place: RemotePlace;
  readonly #knowledge: Knowledge;
  readonly #bundles: FetchedBundles;
  readonly #run: BundledRun | undefined;

  constructor(place: RemotePlace, knowledge: Knowledge, bundles: FetchedBundles, run: BundledRun | undefined) {
    this.#place = place;
    this.#knowledge = knowledge;
    this.#bundles = bundles;
    this.#run = run;
  }

  /**
   * Sends the records that the run found and made, unless they are few, or those that are bundled already, or one of them may have
   * been replaced meanwhile.
   */
  async send(scope: string, sending: Sending): Promise<void> {
    const { backend, hasher, signer } = this.#place;
    const { results } = this.#knowledge;
    if (this.#run?.isWhole !== true || results < Math.max(MANY, MOST * this.#run.count)) return;
    const records = this.#knowledge.soundIn(scope);
    if (records.size === 0 || isSame(records, this.#bundles.wholeOf(scope))) return;
    const since = await this.#bundles.markSinceBegin(scope, sending.signal);
    if (since === undefined) return;
    const mark = since.mark ?? (await renewMark(this.#place, scope, sending));
    const place = bundlePlace(this.#run, scope, hasher);
    const sealed = seal(bundlePayload({ records, mark }, place), Buffer.concat([...records.values()]), signer);
    await backend.put({ kind: "record", ...place }, whole(sealed, sending.went), true, sending.signal);
  }
}

function isSame(records: Records, before: Records | undefined): boolean {
  if (records.size !== before?.size) return false;
  return [...records].every(([of, bytes]) => before.get(of)?.equals(bytes) === true);
}
