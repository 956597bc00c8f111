import type { Loaded } from "../access/pipeline.ts";
import { worksInPlace } from "../graph/mutations.ts";
import { defined } from "../model/defined.ts";
import type { Change } from "../model/description.ts";
import type { Fingerprint } from "../model/digest.ts";
import type { Origin } from "../model/entry.ts";
import type { Task } from "../model/graph.ts";
import { type RecentResults, recentResults } from "../store/remote/recent/nearest.ts";
import type { RemotePlace } from "../store/remote/setting.ts";
import type { FoundResult } from "../store/remote/shared-record.ts";
import { type Withheld, whyWithheld } from "../store/remote/withheld.ts";
import type { Explanation } from "./inspect.ts";
import type { Present } from "./session/options.ts";

/** A result of a shared cache, and who made it. */
export interface SharedSource extends Pick<Origin, "scope" | "builder" | "ci" | "url"> {
  readonly fingerprint: Fingerprint;
  /** When its attempt began, in milliseconds since the epoch. */
  readonly made: number;
}

/** What a shared cache has of a task, compared with the task as it is here. */
export interface SharedExplanation {
  readonly address: string;
  /** The task in which the explanation begins. */
  readonly task: string;
  /** Why there is nothing to compare. `unknown`: what it would be made of is not known before others have run. */
  readonly without?: Exclude<Withheld, "accepted" | "taken"> | "in-place" | "service" | "unknown";
  /** The result of the task as it is now; `isOwn`: this workspace made it. */
  readonly same?: SharedSource & { readonly isOwn: boolean };
  /** The one with the fewest differences, the latest of several. Absent: there is none, or `same` says all. */
  readonly nearest?: SharedSource & { readonly changes: readonly Change[] };
  /** How many results were compared, and how many records were of no use. */
  readonly compared: number;
  readonly damaged: number;
  readonly distrusted: number;
}

/** What is compared, and with what. */
export interface Comparison {
  readonly loaded: Loaded;
  /** What tasks are made of here, by id. */
  readonly presents: ReadonlyMap<string, Present>;
  readonly place: RemotePlace;
  readonly signal: AbortSignal;
}

/** Compares the task in which an explanation begins with its nearest result in a shared cache. Rejects when that does not answer. */
export async function explainShared(
  { loaded, presents, place, signal }: Comparison,
  { status, chain }: Explanation,
): Promise<SharedExplanation> {
  const { graph, store } = loaded;
  const id = (chain.at(-1) ?? status).task;
  const head = { address: place.backend.address, task: id };
  const present = presents.get(id);
  const without = whyNothing(graph.tasks.find((task) => task.id === id) as Task, present);
  if (present === undefined || without !== undefined)
    return { ...head, without: without ?? "unknown", compared: 0, damaged: 0, distrusted: 0 };
  const recent = await recentResults(place, { manifest: graph.manifest, task: id }, present.fingerprint, signal);
  const compared = compare(recent, present);
  const [first] = compared;
  const same =
    first?.changes.length === 0 ? { ...sourceOf(first.result), isOwn: isOwn(first.result, store) } : undefined;
  const other = compared.find(({ changes }) => changes.length > 0);
  const nearest = other === undefined ? undefined : { ...sourceOf(other.result), changes: other.changes };
  return {
    ...head,
    ...defined({ same, nearest: same === undefined || same.isOwn ? nearest : undefined }),
    compared: compared.length,
    damaged: recent.damaged,
    distrusted: recent.distrusted,
  };
}

interface Compared {
  readonly result: FoundResult;
  readonly changes: readonly Change[];
}

/** The fewest differences first, of several the latest. */
function compare({ results, nodes }: RecentResults, present: Present): readonly Compared[] {
  return results
    .map((result) => ({
      result,
      changes: present.differencesFrom(result.record.description, (digest) => nodes.get(digest)),
    }))
    .sort((a, b) => a.changes.length - b.changes.length || b.result.record.started - a.result.record.started);
}

/** True when an attempt of this workspace made it. */
function isOwn({ record }: FoundResult, store: Loaded["store"]): boolean {
  const known = store.history.record(record.id);
  return known !== undefined && known.origin === undefined;
}

function sourceOf({ record, entry }: FoundResult): SharedSource {
  const { scope = "", builder = "", ci, url } = record.origin ?? {};
  return { scope, builder, ...defined({ ci, url }), fingerprint: entry.fingerprint, made: record.started };
}

function whyNothing(task: Task, present: Present | undefined): SharedExplanation["without"] {
  if (task.service !== undefined) return "service";
  if (worksInPlace(task)) return "in-place";
  const withheld = present === undefined ? undefined : whyWithheld(task, { description: present.description });
  // How its result was made says nothing about what the task is now.
  return withheld === "taken" || withheld === "accepted" ? undefined : withheld;
}
