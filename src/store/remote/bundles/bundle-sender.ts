import { type Sending, whole } from "../blob-sender.ts";
import { seal } from "../envelope.ts";
import type { Knowledge } from "../knowledge.ts";
import type { RemotePlace } from "../setting.ts";
import { bundlePayload, bundlePlace, fittingRecords, type Records } from "./bundle.ts";
import { type BundledRun, type FetchedBundles, MANY } from "./fetched-bundles.ts";

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

  /** Sends the records that the run found and made, unless they are few, or those that are bundled already. */
  async send(scope: string, { signal, went }: Sending): Promise<void> {
    const { backend, hasher, signer } = this.#place;
    const { results } = this.#knowledge;
    if (this.#run?.isWhole !== true || results < Math.max(MANY, MOST * this.#run.count)) return;
    const records = fittingRecords(this.#knowledge.soundIn(scope));
    if (records.size === 0 || isSame(records, this.#bundles.wholeOf(scope))) return;
    const place = bundlePlace(this.#run, scope, hasher);
    const sealed = seal(bundlePayload(records, place), Buffer.concat([...records.values()]), signer);
    await backend.put({ kind: "record", ...place }, whole(sealed, went), true, signal);
  }
}

function isSame(records: Records, before: Records | undefined): boolean {
  if (records.size !== before?.size) return false;
  return [...records].every(([of, bytes]) => before.get(of)?.equals(bytes) === true);
}
