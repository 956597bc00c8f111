import type { Fingerprint } from "../../../model/digest.ts";
import { atOnce } from "../at-once.ts";
import type { Sending } from "../blob-sender.ts";
import { Breaker } from "../breaker.ts";
import { Connection } from "../connection.ts";
import type { Knowledge } from "../knowledge.ts";
import type { RemotePlace } from "../setting.ts";
import { AT_ONCE, Survey } from "../upkeep/survey.ts";
import { BundleSender } from "./bundle-sender.ts";
import { type BundledRun, FetchedBundles, MANY } from "./fetched-bundles.ts";

/** What a bundle is to hold beside the results that were pushed. */
export interface PushedBundle {
  readonly run: Omit<BundledRun, "count" | "isCold">;
  /** Records of the scope that other machines wrote, and this one has taken. */
  readonly taken: readonly Fingerprint[];
}

/** Writes the bundle of runs whose results were pushed; those that others made are copied from the one before, or read. */
export async function pushBundle(
  opened: RemotePlace,
  knowledge: Knowledge,
  { run, taken }: PushedBundle,
  { scope, ...sending }: Sending & { readonly scope: string },
): Promise<void> {
  const { notesUse } = opened.backend;
  if (notesUse === true) return;
  const place = { ...opened, scopes: { reads: [scope], writes: scope } };
  const bundled: BundledRun = { ...run, count: 0, isCold: true };
  const bundles = new FetchedBundles(place, new Breaker(() => {}), { ...bundled, count: MANY });
  bundles.count();
  const before = await bundles.recordsOf(scope, sending.signal);
  const connection = new Connection(place.backend);
  const survey = new Survey(place, sending.signal);
  const isSound = (fingerprint: Fingerprint, bytes: Buffer | undefined): boolean => {
    if (bytes === undefined) return false;
    const read = survey.judge(bytes, { scope, fingerprint });
    if ((read.kind !== "result" && read.kind !== "found") || read.distrusted !== undefined) return false;
    knowledge.sound(read.kind, { scope, fingerprint }, bytes);
    return true;
  };
  await atOnce(AT_ONCE, taken, async (fingerprint) => {
    if (isSound(fingerprint, before.get(fingerprint))) return;
    isSound(fingerprint, await connection.record({ kind: "record", scope, fingerprint }, sending.signal));
  });
  await new BundleSender(place, knowledge, bundles, bundled).send(scope, sending);
}
