import type { AttemptRecord, Version } from "../model/entry.ts";
import type { SourceIdentities } from "../model/identity.ts";
import { pathName } from "../model/object-name.ts";
import type { History } from "../store/history.ts";
import type { Store } from "../store/store.ts";
import { type Extent, LineageBuilder } from "./builder.ts";
import type { LineageDocument } from "./document.ts";
import { Staleness } from "./staleness.ts";
import { Uses } from "./uses.ts";

/**
 * What was made of versions: the attempts that used them, what those made, and so on, the nearest first; and which of it is
 * stale now.
 */
export function downstream(
  store: Store,
  roots: readonly Version[],
  sources: SourceIdentities,
  { depth = Number.POSITIVE_INFINITY, limit }: Extent = {},
): LineageDocument {
  const { history } = store;
  const builder = new LineageBuilder(store, limit);
  const uses = new Uses(store);
  const staleness = new Staleness(store, sources);
  const steps = roots.map((version) => ({ version, distance: 0 }));
  for (const version of roots) builder.root(version);
  const expanded = new Set<string>();
  // Steps are added while they are gone through: breadth first.
  for (const { version, distance } of steps) {
    const id = builder.version(version);
    if (expanded.has(id)) continue;
    expanded.add(id);
    builder.stale(id, staleness.of(version));
    for (const { record, ...how } of uses.of(version)) {
      if (distance >= depth || (builder.full && !builder.has(record.id))) {
        builder.truncate(id);
        break;
      }
      builder.record(record);
      builder.edge({ kind: "used", from: id, to: record.id, ...how });
      for (const made of madeBy(record, history)) {
        const again = made.record === record.id ? {} : { again: true as const };
        const to = builder.version(made);
        builder.edge({ kind: "made", from: record.id, to, ...again });
        if (isMakerOf(record, made)) steps.push({ version: made, distance: distance + 1 });
        else builder.stale(to, staleness.of(made));
      }
    }
  }
  return builder.document("down");
}

/**
 * True for the attempt that made a version first, and for the latest one that made it again; `upstream` names no other.
 * An attempt between them made the same bytes, yet what was built from the version is not built from what that attempt
 * used.
 */
function isMakerOf({ id }: AttemptRecord, { record, current }: Version): boolean {
  return id === record || id === current;
}

/** What an attempt made, and what was restored later on because it had made it. */
function* madeBy(record: AttemptRecord, history: History): IterableIterator<Version> {
  for (const { path, identity } of record.outputs) {
    const name = pathName(path);
    const made = history.used(name, identity, record.seq);
    for (const version of history.versions(name)) {
      if (version.seq < record.seq && version.n !== made?.n) continue;
      if (version.n === made?.n || version.record === record.id) yield version;
      if (version.n === made?.n) break;
    }
  }
}
