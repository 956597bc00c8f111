import type { Blobs } from "../blobs/blobs.ts";
import { atOnce } from "./at-once.ts";
import { RemoteError } from "./backends/backend.ts";
import { insisting } from "./backends/patience.ts";
import { Unsendable } from "./blob-sender.ts";
import { BundlePush, type PushedBundle } from "./bundles/push-bundle.ts";
import { Hints } from "./hints.ts";
import { Knowledge } from "./knowledge.ts";
import type { Fetched, SharedResult } from "./remote.ts";
import { Sender } from "./sender.ts";
import type { RemotePlace } from "./setting.ts";

/** Results on their way at once. */
const AT_ONCE = 8;

/** A result of the store here, under the name that its task has. */
export interface NamedResult {
  readonly task: string;
  readonly made: Fetched;
}

/** Where they come from. */
interface PushedFrom extends Pick<SharedResult, "node"> {
  readonly blobs: Blobs;
  readonly bundle: PushedBundle;
}

/** What became of the results. Names of tasks. */
export interface Pushed {
  readonly uploaded: readonly string[];
  /** They were there already. */
  readonly present: readonly string[];
  /** Results that no reader could use. */
  readonly unusable: readonly Unpushed[];
  /** Results that the shared cache did not take. */
  readonly failed: readonly Unpushed[];
  /** Bytes that went, before compression. */
  readonly bytes: number;
  /** What the store did, to follow its address: the rest was given up. */
  readonly trouble: string | undefined;
}

export interface Unpushed {
  readonly task: string;
  readonly why: string;
}

/** Uploads results that a remote store lacks. What does not answer is asked again for some time, then all is given up. */
export async function push(
  place: RemotePlace,
  results: readonly NamedResult[],
  { blobs, node, bundle }: PushedFrom,
  scope: string,
): Promise<Pushed> {
  const knowledge = new Knowledge();
  const sender = new Sender(place, knowledge);
  const lists = {
    uploaded: [] as string[],
    present: [] as string[],
    unusable: [] as Unpushed[],
    failed: [] as Unpushed[],
  };
  let bytes = 0;
  const hints = new Hints();
  const stop = new AbortController();
  const sending = {
    signal: stop.signal,
    went: (more: number): void => {
      bytes += more;
    },
  };
  const one = async ({ task, made }: NamedResult): Promise<void> => {
    try {
      const shared = { ...made, replaces: made.record.reason.kind === "forced", node };
      const isNew = await insisting(() => sender.complete(shared, blobs, scope, sending), stop.signal);
      if (isNew) await hints.give(() => sender.name(shared, scope, sending));
      lists[isNew ? "uploaded" : "present"].push(task);
    } catch (error) {
      const problem = problemOf(error);
      if (problem === undefined) throw error;
      lists[problem.kind].push({ task, why: problem.why });
    }
  };
  // In a directory, each record is read by itself.
  const isBundled = results.length > 0 && place.backend.notesUse !== true;
  const bundled = isBundled ? new BundlePush(place, scope, knowledge, bundle) : undefined;
  let trouble: string | undefined;
  try {
    await bundled?.begin(stop.signal);
    await atOnce(AT_ONCE, results, one);
    if (bundled !== undefined) await hints.give(() => bundled.send(sending));
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    trouble = error.message;
  } finally {
    stop.abort();
  }
  return { ...lists, bytes, trouble };
}

/** What is wrong with one result alone. Undefined: others would fare no better. */
function problemOf(error: unknown): { readonly kind: "unusable" | "failed"; readonly why: string } | undefined {
  if (error instanceof Unsendable) return { kind: "unusable", why: "its bytes are no longer in the store" };
  if (!(error instanceof RemoteError)) return undefined;
  if (error.trouble === "large")
    return { kind: "failed", why: `it is too large for the shared cache, which ${error.message}` };
  // What readers would refuse is refused before anything is sent.
  const { message } = error;
  return error.trouble === "damaged"
    ? { kind: "unusable", why: message.replace(/^gave a record that /, "it ") }
    : undefined;
}
