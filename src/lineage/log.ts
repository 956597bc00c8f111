import type { AttemptRecord, Version } from "../model/entry.ts";
import type { Identity } from "../model/identity.ts";
import type { History } from "../store/history.ts";
import { isKept } from "../store/kept.ts";
import type { Store } from "../store/store.ts";

/** One version as `inc log` tells it. */
export interface LogEntry extends Version {
  /** The version that counts now. */
  readonly latest: boolean;
  /** The task that first made or used it, in the manifest of that time. */
  readonly task?: string;
  readonly manifest?: string;
  /** Every byte of it is in the store. */
  readonly kept: boolean;
}

/** What is known of one name. */
export interface Log {
  readonly name: string;
  /** How many versions there are, those beyond the limit included. */
  readonly count: number;
  /** Newest first, by number: clocks may go back. */
  readonly versions: readonly LogEntry[];
}

/** @param limit At most so many versions. */
export function logOf(store: Store, name: string, limit = Number.POSITIVE_INFINITY): Log {
  const { history } = store;
  const latest = history.latest(name)?.n;
  const kept = new Map<string, boolean>();
  const versions: LogEntry[] = [];
  for (const version of history.versions(name)) {
    if (versions.length >= limit) break;
    const producer = producerOf(history, version);
    versions.push({
      ...version,
      latest: version.n === latest,
      ...(producer === undefined ? {} : { task: producer.task, manifest: producer.manifest }),
      kept: once(kept, version.identity, (identity) => isKept(store, identity)),
    });
  }
  return { name, count: history.count(name), versions };
}

/** The record of the attempt that first made or used a version. */
export function producerOf(history: History, version: Version): AttemptRecord | undefined {
  return version.record === undefined ? undefined : history.record(version.record);
}

/** A → B → A → …: looking for the bytes of a directory of 100,000 files once is enough. */
function once(known: Map<string, boolean>, identity: Identity, look: (identity: Identity) => boolean): boolean {
  const key = identity.type === "symlink" ? "" : `${identity.type} ${identity.digest}`;
  const answer = known.get(key) ?? look(identity);
  known.set(key, answer);
  return answer;
}
