import type { Hasher } from "../host/files/host.ts";
import { defined } from "../model/defined.ts";
import type { SetNode } from "../model/description.ts";
import type { Digest, Fingerprint } from "../model/digest.ts";
import {
  type AttemptRecord,
  type Confirmation,
  type Entry,
  isSideVersion,
  type NewVersion,
  type Owned,
  type RunRecord,
  type Version,
} from "../model/entry.ts";
import { sameIdentity } from "../model/identity.ts";
import { pathName } from "../model/object-name.ts";
import { latestOf } from "./history.ts";
import { keyOf, taskKey } from "./keys.ts";
import { lastSeq, SEQ_SLOT, writeMeta } from "./meta.ts";
import { readRecord } from "./records.ts";
import type { Declared, ObjectHead, Tables } from "./schema.ts";

/** All that one transaction writes. Every part is optional; an absent list is empty. */
export interface Commit {
  readonly entry?: Entry;
  readonly record?: Omit<AttemptRecord, "seq">;
  readonly confirmation?: Omit<Confirmation, "seq">;
  /** A set of found paths under a static fingerprint. */
  readonly found?: { readonly static: Fingerprint; readonly paths: readonly string[] };
  readonly nodes?: readonly (readonly [Digest, SetNode])[];
  /** Texts of parts of a function's code, by the digests of those parts. */
  readonly code?: readonly (readonly [Digest, string])[];
  readonly owned?: readonly Owned[];
  /** Paths that inc no longer owns. */
  readonly disowned?: readonly string[];
  /** Appended where the identity differs from that name's latest. */
  readonly versions?: readonly NewVersion[];
  readonly run?: Omit<RunRecord, "seq">;
}

/** How many sets of found paths are stored under one static fingerprint. */
const FOUND_SETS = 16;

/**
 * Writes within one transaction. The sequence of versions and records goes on from its end in `meta`, so that it is
 * one for all processes; `end` writes down how far it came.
 */
export class Writer {
  readonly #tables: Tables;
  readonly #hasher: Hasher;
  readonly #begin: number;
  #seq: number;

  constructor(tables: Tables, hasher: Hasher) {
    this.#tables = tables;
    this.#hasher = hasher;
    this.#begin = lastSeq(tables);
    this.#seq = this.#begin;
  }

  write(commit: Commit): void {
    const { code, entries, owned, nodes, runs } = this.#tables;
    if (commit.entry !== undefined) entries.putSync(commit.entry.fingerprint, commit.entry);
    if (commit.found !== undefined) this.#writeFound(commit.found.static, commit.found.paths);
    for (const [digest, node] of commit.nodes ?? []) if (!nodes.doesExist(digest)) nodes.putSync(digest, node);
    for (const [digest, text] of commit.code ?? []) if (code?.doesExist(digest) === false) code.putSync(digest, text);
    for (const path of commit.disowned ?? []) owned.removeSync(keyOf(this.#hasher, path));
    for (const own of commit.owned ?? []) owned.putSync(keyOf(this.#hasher, own.path), own);
    for (const version of commit.versions ?? []) this.append(version);
    if (commit.record !== undefined) this.#writeRecord(commit.record);
    if (commit.confirmation !== undefined) this.#writeConfirmation(commit.confirmation);
    if (commit.run !== undefined) runs.putSync(commit.run.id, { ...commit.run, seq: this.#seq });
  }

  /**
   * Appends a version, or finds that the latest one of its name is the same; gives that version. Its time is never
   * before that of the version before it: a system clock that was set back must not make `name@{time}` miss versions.
   */
  append(version: NewVersion): Version {
    const key = keyOf(this.#hasher, version.name);
    const head = this.head(key);
    const isSide = isSideVersion(version);
    const before = latestOf(this.#tables, key, head);
    if (!isSide && before !== undefined && sameIdentity(before.identity, version.identity))
      return this.#confirm(key, before, version);
    this.#seq += 1;
    const last = (head.latest ?? 0) === head.count ? before : this.#tables.versions.get([key, head.count]);
    const n = head.count + 1;
    const numbered: Version = { ...version, time: Math.max(version.time, last?.time ?? 0), n, seq: this.#seq };
    this.#tables.versions.putSync([key, n], numbered);
    this.#tables.events.putSync(this.#seq, [key, n]);
    const latest = isSide ? head.latest : n;
    this.#tables.objects.putSync(key, { ...head, count: n, ...defined({ latest }) });
    return numbered;
  }

  /** What the declaration of a published object says of all its versions. */
  declare(name: string, { keep, merge }: Declared): void {
    const key = keyOf(this.#hasher, name);
    const { keep: keepBefore, merge: mergeBefore, ...head } = this.head(key);
    if (keepBefore === keep && mergeBefore === merge) return;
    this.#tables.objects.putSync(key, { ...head, keep, ...defined({ merge }) });
  }

  /** The stored counts of a name, or those of a name without versions. */
  head(key: string): ObjectHead {
    return this.#tables.objects.get(key) ?? { count: 0 };
  }

  end(): void {
    if (this.#seq !== this.#begin) writeMeta(this.#tables, SEQ_SLOT, this.#seq);
  }

  /** True once a version was appended: subscribers are to be notified. */
  get advanced(): boolean {
    return this.#seq !== this.#begin;
  }

  /**
   * An attempt made the bytes of the latest version again: the version stays, and names that attempt as the last to
   * make it.
   */
  #confirm(key: string, latest: Version, { cause, record }: NewVersion): Version {
    if (cause !== "made" || record === undefined || record === (latest.current ?? latest.record)) return latest;
    const { current: _, ...rest } = latest;
    const confirmed: Version = record === latest.record ? rest : { ...rest, current: record };
    this.#tables.versions.putSync([key, latest.n], confirmed);
    return confirmed;
  }

  #writeRecord(unplaced: Omit<AttemptRecord, "seq">): void {
    this.#seq += 1;
    const record: AttemptRecord = { ...unplaced, seq: this.#seq };
    const { records, durations } = this.#tables;
    records.putSync(record.id, record);
    const task = this.#place(record);
    if (record.outcome === "ok") durations.putSync(task, record.duration);
  }

  #writeConfirmation(unplaced: Omit<Confirmation, "seq">): void {
    this.#seq += 1;
    this.#tables.records.putSync(unplaced.id, { ...unplaced, seq: this.#seq });
    const record = readRecord(this.#tables, unplaced.id);
    if (record !== undefined) this.#place(record);
  }

  /** Files a record under its task and under all that it used. Gives the key of the task. */
  #place(record: AttemptRecord): string {
    const task = taskKey(this.#hasher, record.manifest, record.task);
    const { attempts, uses, setUses } = this.#tables;
    attempts.putSync([task, record.seq], record.id);
    const { files, found, sets } = record.description;
    for (const path of new Set([...Object.keys(files), ...Object.keys(found ?? {})]))
      uses.putSync([keyOf(this.#hasher, pathName(path)), record.seq], record.id);
    const elements = new Set(record.elements?.map(({ of }) => of));
    for (const name of [...record.values, ...Object.keys(record.objects), ...elements])
      uses.putSync([keyOf(this.#hasher, name), record.seq], record.id);
    for (const [label, root] of Object.entries(sets))
      setUses.putSync([keyOf(this.#hasher, label), record.seq], [record.id, root]);
    return task;
  }

  #writeFound(statically: Fingerprint, paths: readonly string[]): void {
    const text = JSON.stringify(paths);
    const others = (this.#tables.found.get(statically) ?? []).filter((set) => JSON.stringify(set) !== text);
    this.#tables.found.putSync(statically, [paths, ...others].slice(0, FOUND_SETS));
  }
}
