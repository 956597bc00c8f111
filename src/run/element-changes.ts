import type { Loaded } from "../access/pipeline.ts";
import type { JsonChange } from "../content/diff/difference.ts";
import { diffJson } from "../content/diff/json.ts";
import { usedElements } from "../graph/units/used-elements.ts";
import { Elements, type ElementUse } from "../lineage/elements.ts";
import type { Digest } from "../model/digest.ts";

/** An element that a unit is made of, and how it differs. */
export interface ElementChange {
  /** The value that it is in. */
  readonly of: string;
  readonly key: string;
  readonly before: Digest;
  readonly after: Digest;
  readonly changes: readonly JsonChange[];
}

/**
 * How elements differ that a unit is made of: of one that is fresh between its latest attempt and the one before, else between its latest
 * attempt and now.
 */
export function elementChanges({ store, graph }: Loaded, id: string, isFresh: boolean): readonly ElementChange[] {
  const [latest, ...earlier] = store.history.records(graph.manifest, id, 3);
  const task = graph.tasks.find((one) => one.id === id);
  const declared = task && usedElements(graph, task);
  if (latest === undefined || declared === undefined) return [];
  const elements = new Elements(store);
  const previous = isFresh ? earlier.find(({ fingerprint }) => fingerprint !== latest.fingerprint) : latest;
  const before = previous === undefined ? [] : elements.usedBy(previous);
  const after = isFresh ? elements.usedBy(latest) : declared.flatMap((element) => elements.latest(element) ?? []);
  return after.flatMap((now) => {
    const old = before.find(({ of, key }) => of === now.of && key === now.key);
    return old === undefined ? [] : (changeOf(elements, old, now) ?? []);
  });
}

function changeOf(elements: Elements, before: ElementUse, after: ElementUse): ElementChange | undefined {
  const texts = [elements.text(before), elements.text(after)] as const;
  if (before.digest === after.digest || before.digest === undefined || after.digest === undefined) return undefined;
  const difference = diffJson(texts[0] as string, texts[1] as string);
  const changes = difference?.kind === "json" ? difference.changes : [];
  return { of: after.of, key: after.key, before: before.digest, after: after.digest, changes };
}
