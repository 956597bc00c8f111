import { staticFingerprint } from "../fingerprint/fingerprint.ts";
import type { Fingerprint } from "../model/digest.ts";
import type { Graph, Task } from "../model/graph.ts";
import type { NamedResult } from "../store/remote/push.ts";
import { type Fetched, isResultOf } from "../store/remote/remote.ts";
import { type Withheld, whyWithheld } from "../store/remote/withheld.ts";
import type { Store } from "../store/store.ts";

/** Why a task has no result that others may have. */
export type Unshared =
  | Withheld
  /** It never ran here. */
  | "none"
  /** Its last attempt failed. */
  | "failed"
  /** It was not stored, or is no longer there. */
  | "unstored"
  /** What is stored under its fingerprint is something else. */
  | "foreign";

export interface StoredResults {
  readonly results: readonly NamedResult[];
  readonly unshared: readonly { readonly task: string; readonly why: Unshared }[];
  /** Results that other machines made. */
  readonly taken: readonly Fetched[];
}

/** The results that the last runs made of tasks, or found in the store. Nothing in the workspace is looked at. */
export function storedResults(store: Store, { manifest }: Graph, tasks: readonly Task[]): StoredResults {
  const results: NamedResult[] = [];
  const unshared: { task: string; why: Unshared }[] = [];
  const taken: Fetched[] = [];
  for (const task of tasks) {
    if (task.service !== undefined) continue;
    const found = resultOf(store, manifest, task);
    const why = typeof found === "string" ? found : whyWithheld(task, found.record);
    if (why !== undefined) unshared.push({ task: task.id, why });
    if (typeof found === "string") continue;
    if (why === "taken") taken.push(found);
    if (why === undefined) results.push({ task: task.id, made: found });
  }
  return { results, unshared, taken };
}

/** The fingerprints under which a scope has the records of results that were taken from there. */
export function recordsOfTaken(taken: readonly Fetched[], scope: string, { hasher }: Store): readonly Fingerprint[] {
  return taken
    .filter(({ record }) => record.origin?.scope === scope)
    .flatMap(({ entry, record: { description } }) =>
      description.found === undefined
        ? [entry.fingerprint]
        : [entry.fingerprint, staticFingerprint(description, hasher)],
    );
}

function resultOf(store: Store, manifest: string, task: Task): Fetched | Unshared {
  if (task.rerun === "always") return "always";
  const latest = store.history.latestRecord(manifest, task.id);
  if (latest === undefined) return "none";
  if (latest.outcome !== "ok") return "failed";
  const entry = store.entry(latest.fingerprint);
  const stored = entry === undefined ? undefined : store.history.record(entry.record);
  if (entry === undefined || stored === undefined) return "unstored";
  const { seq: _seq, ...record } = stored;
  // A store may come from elsewhere, or have been changed by a task: nothing is uploaded, and signed, as what it is not.
  const holds = isResultOf({ entry, record }, latest.fingerprint, store.hasher) && record.outcome === "ok";
  if (!holds || JSON.stringify(entry.outputs) !== JSON.stringify(record.outputs)) return "foreign";
  return { entry, record };
}
