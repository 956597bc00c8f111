import { defined } from "../model/defined.ts";
import type { Version } from "../model/entry.ts";
import type { Identity } from "../model/identity.ts";
import type { Result } from "../model/result.ts";
import { isStored } from "../store/blobs/stored.ts";
import { isDeferred } from "../store/deferred.ts";
import type { Store } from "../store/store.ts";
import { findObjects, type ReferenceScope, selectVersion } from "./reference.ts";

/** One version as `inc log` shows it. */
export interface LogEntry extends Version {
  /** The version that counts now. */
  readonly latest: boolean;
  /** The task that first made or used it, in the manifest of that time. */
  readonly task?: string;
  readonly manifest?: string;
  /** Every byte of it is in the store. */
  readonly kept: boolean;
  /** What is not in the store was left in the shared cache. */
  readonly deferred?: true;
}

/** What is known of one name. */
export interface Log {
  readonly name: string;
  /** How many versions there are, those beyond the limit included. */
  readonly count: number;
  /** Newest first, by number: clocks may go back. */
  readonly versions: readonly LogEntry[];
}

/**
 * What is known of the objects that references name, each once, in the order in which they were named. With a version it
 * begins there.
 * @param limit At most so many versions of each.
 */
export function logsOf(
  store: Store,
  references: readonly string[],
  place: ReferenceScope,
  limit = Number.POSITIVE_INFINITY,
): Result<readonly Log[]> {
  const logs = new Map<string, Log>();
  for (const text of references) {
    const found = findObjects(text, place);
    if (!found.ok) return found;
    const { names, selector } = found.value;
    const starts = names.map((name) => ({
      name,
      from: selector === undefined ? undefined : selectVersion(name, selector, place.history),
    }));
    // Of a pattern those count that have such a version.
    const failed = starts.every(({ from }) => from?.ok === false) ? starts[0]?.from : undefined;
    if (failed?.ok === false) return failed;
    for (const { name, from } of starts)
      if (from?.ok !== false && !logs.has(name)) logs.set(name, logOf(store, name, from?.value.n, limit));
  }
  return { ok: true, value: [...logs.values()] };
}

function logOf(store: Store, name: string, from: number | undefined, limit: number): Log {
  const { history } = store;
  const latest = history.latest(name)?.n;
  const stored = new Map<string, boolean>();
  const versions: LogEntry[] = [];
  for (const version of history.versions(name, from === undefined ? undefined : from + 1)) {
    if (versions.length >= limit) break;
    const origin = history.originOf(version);
    const kept = once(stored, version.identity, (identity) => isStored(store.blobs, identity));
    const isElsewhere = !kept && isDeferred(origin, (fingerprint) => store.entry(fingerprint));
    versions.push({
      ...version,
      latest: version.n === latest,
      ...defined({ task: origin?.task, manifest: origin?.manifest }),
      kept,
      ...(isElsewhere ? { deferred: true } : {}),
    });
  }
  return { name, count: history.count(name), versions };
}

/** Content that comes and goes (A → B → A) is looked for once: a directory may have 100,000 files. */
function once(known: Map<string, boolean>, identity: Identity, look: (identity: Identity) => boolean): boolean {
  const key = JSON.stringify(identity);
  const answer = known.get(key) ?? look(identity);
  known.set(key, answer);
  return answer;
}
