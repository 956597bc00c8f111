import type { Hasher } from "../host/files/host.ts";
import { defined } from "../model/defined.ts";
import type { SetNode } from "../model/description.ts";
import type { Digest } from "../model/digest.ts";
import { type AttemptRecord, isSideVersion, type RunRecord, type Version } from "../model/entry.ts";
import type { MergeKind } from "../model/graph.ts";
import { asOutput, type Identity, sameIdentity } from "../model/identity.ts";
import { keyOf, mayBeDigested, taskKey } from "./keys.ts";
import { lastSeq } from "./meta.ts";
import { readRecord } from "./records.ts";
import type { ObjectHead, Tables } from "./schema.ts";

/** The latest version of a name; undefined: it has none, or only side versions. */
export function latestOf(
  { versions }: Pick<Tables, "versions">,
  key: string,
  head: ObjectHead | undefined,
): Version | undefined {
  return head?.latest === undefined ? undefined : versions.get([key, head.latest]);
}

/** A use of an object by a record. */
export interface Use {
  readonly seq: number;
  readonly record: string;
}

/** A use of a set of files by a record. */
export interface SetUse extends Use {
  /** Digest of the set's root node. */
  readonly root: Digest;
}

/**
 * True when a used identity is that of the version. Of an output only the texts of its links count, not what they lead
 * to.
 */
export function isVersionOf(version: Version, used: Identity): boolean {
  return sameIdentity(version.identity, version.cause === "made" ? asOutput(used) : used);
}

/** What was committed, for queries: versions by name and number, the events in order, records and runs. Never written here. */
export class History {
  readonly #tables: Tables;
  readonly #hasher: Hasher;

  constructor(tables: Tables, hasher: Hasher) {
    this.#tables = tables;
    this.#hasher = hasher;
  }

  /** The last place in the sequence that is taken; 0: none. */
  get seq(): number {
    return lastSeq(this.#tables);
  }

  version(name: string, n: number): Version | undefined {
    return this.#tables.versions.get([this.#key(name), n]);
  }

  /** Undefined: no such name, or only side versions. */
  latest(name: string): Version | undefined {
    const key = this.#key(name);
    return latestOf(this.#tables, key, this.#tables.objects.get(key));
  }

  /** How versions of a published object are merged, as its latest put knew it; undefined: they are not. */
  merge(name: string): MergeKind | undefined {
    return this.#tables.objects.get(this.#key(name))?.merge;
  }

  /** How many versions a name has, side versions included; 0: it is unknown. */
  count(name: string): number {
    return this.#tables.objects.get(this.#key(name))?.count ?? 0;
  }

  /** Versions of a name, newest first. */
  *versions(name: string, below = Number.MAX_SAFE_INTEGER): IterableIterator<Version> {
    const key = this.#key(name);
    for (const { value } of this.#tables.versions.getRange({ start: [key, below - 1], end: [key, 0], reverse: true }))
      yield value;
  }

  /** Names in the order of their bytes, from `start` (included) to `end` (excluded). Long names come as they are. */
  *names(start = "", end?: string): IterableIterator<string> {
    for (const { key, value } of this.#tables.objects.getRange({ start, ...defined({ end }) }))
      yield mayBeDigested(key) ? (this.#tables.versions.get([key, value.count])?.name ?? key) : key;
  }

  /** The latest version of a name that came before a place in the sequence, without side versions. */
  before(name: string, seq: number): Version | undefined {
    for (const version of this.#versionsBefore(name, seq)) if (!isSideVersion(version)) return version;
    return undefined;
  }

  /**
   * The latest version of a name, before a place in the sequence, that has this identity: the one that a record at that
   * place used. Side versions are left out.
   */
  used(name: string, identity: Identity, seq: number): Version | undefined {
    for (const version of this.#versionsBefore(name, seq))
      if (!isSideVersion(version) && isVersionOf(version, identity)) return version;
    return undefined;
  }

  /** Versions in the order in which they came, after a place in the sequence. */
  *since(seq: number, limit?: number): IterableIterator<Version> {
    const range = { start: seq + 1, ...defined({ limit }) };
    for (const { value } of this.#tables.events.getRange(range)) {
      const version = this.#tables.versions.get([value[0], value[1]]);
      if (version !== undefined) yield version;
    }
  }

  /** Records that used an object that they name, between two places in the sequence, oldest first. */
  *uses(name: string, after: number, before = Number.MAX_SAFE_INTEGER): IterableIterator<Use> {
    const key = this.#key(name);
    for (const { key: at, value } of this.#tables.uses.getRange({ start: [key, after + 1], end: [key, before] }))
      yield { seq: at[1], record: value };
  }

  /** Records that used the set of a label, between two places in the sequence, oldest first. */
  *setUses(label: string, after: number, before = Number.MAX_SAFE_INTEGER): IterableIterator<SetUse> {
    const key = this.#key(label);
    for (const { key: at, value } of this.#tables.setUses.getRange({ start: [key, after + 1], end: [key, before] }))
      yield { seq: at[1], record: value[0], root: value[1] };
  }

  /** Labels of sets that any record used. Long ones come as digests. */
  *setLabels(): IterableIterator<string> {
    for (let start: [string, number] | undefined = ["", 0]; start !== undefined; ) {
      const [first] = this.#tables.setUses.getKeys({ start, limit: 1 });
      if (first === undefined) return;
      yield first[0];
      start = [first[0], Number.MAX_SAFE_INTEGER];
    }
  }

  record(id: string): AttemptRecord | undefined {
    return readRecord(this.#tables, id);
  }

  /** Ids of the records of a task, newest first. */
  recordIds(manifest: string, task: string): Iterable<string> {
    const key = taskKey(this.#hasher, manifest, task);
    const range = { start: [key, Number.MAX_SAFE_INTEGER], end: [key, 0], reverse: true } as const;
    return this.#tables.attempts.getRange(range as never).map(({ value }) => value);
  }

  /** The latest attempts of a task, newest first. */
  records(manifest: string, task: string, limit: number): AttemptRecord[] {
    const records: AttemptRecord[] = [];
    for (const id of this.recordIds(manifest, task)) {
      if (records.length >= limit) break;
      const record = this.record(id);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  /** The latest attempt of a task that ended well, if it is among its last twenty. */
  latestSuccess(manifest: string, task: string): AttemptRecord | undefined {
    return this.records(manifest, task, 20).find(({ outcome }) => outcome === "ok");
  }

  latestRecord(manifest: string, task: string): AttemptRecord | undefined {
    return this.records(manifest, task, 1)[0];
  }

  /** The record of the attempt that first made or used a version; undefined: it has none, or the record is gone. */
  originOf({ record }: Version): AttemptRecord | undefined {
    return record === undefined ? undefined : this.record(record);
  }

  /**
   * The attempt that made a version, as a reader before a place in the sequence saw it: the latest one by then that made the
   * same bytes. Undefined: no attempt made it, or its record is gone.
   */
  makerOf(version: Version, before = Number.POSITIVE_INFINITY): AttemptRecord | undefined {
    if (version.cause !== "made") return undefined;
    const current = version.current === undefined ? undefined : this.record(version.current);
    return current !== undefined && current.seq < before ? current : this.originOf(version);
  }

  /** The attempts of a run, in the order in which they began. */
  *attempts(run: string): IterableIterator<AttemptRecord> {
    // An attempt's id is its run's, a full stop and a number; the slash sorts after the full stop.
    for (const { value } of this.#tables.records.getRange({ start: `${run}.`, end: `${run}/` }))
      if (!("confirms" in value)) yield value;
  }

  node(digest: Digest): SetNode | undefined {
    return this.#tables.nodes.get(digest);
  }

  /** The text of a part of a function's code; undefined: it is not stored. */
  code(digest: Digest): string | undefined {
    return this.#tables.code?.get(digest);
  }

  run(id: string): RunRecord | undefined {
    return this.#tables.runs.get(id);
  }

  latestRun(): RunRecord | undefined {
    const [latest] = this.runs(1);
    return latest;
  }

  /** Newest first. */
  *runs(limit?: number): IterableIterator<RunRecord> {
    for (const { value } of this.#tables.runs.getRange({ reverse: true, ...defined({ limit }) })) yield value;
  }

  /** Newest first. Sequence numbers rise with version numbers, so that the first one is found by halving. */
  *#versionsBefore(name: string, seq: number): IterableIterator<Version> {
    const key = this.#key(name);
    const { count } = this.#tables.objects.get(key) ?? { count: 0 };
    // Most often the latest version of the name is the one.
    const latest = this.#tables.versions.get([key, count]);
    const last = latest !== undefined && latest.seq < seq ? count : this.#halve(key, count, seq);
    for (let n = last; n > 0; n -= 1) {
      const version = this.#tables.versions.get([key, n]);
      if (version !== undefined) yield version;
    }
  }

  /** The number of the newest version before a place in the sequence; 0: there is none. */
  #halve(key: string, count: number, seq: number): number {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const version = this.#tables.versions.get([key, middle]);
      if (version !== undefined && version.seq < seq) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #key(name: string): string {
    return keyOf(this.#hasher, name);
  }
}
