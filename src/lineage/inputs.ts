import type { SetNode } from "../model/description.ts";
import type { Digest, Fingerprint } from "../model/digest.ts";
import type { AttemptRecord, Version } from "../model/entry.ts";
import type { Identity } from "../model/identity.ts";
import { parseName, pathName } from "../model/object-name.ts";
import { own } from "../model/own.ts";
import { ancestors } from "../model/path.ts";
import { type History, isVersionOf } from "../store/history.ts";
import type { Store } from "../store/store.ts";
import type { UsedPart } from "./document.ts";

/** One thing that an attempt used. */
export interface UsedInput {
  /** See `object-name.ts`. */
  readonly name: string;
  readonly identity: Identity;
  /** Undefined: that state of it has no number. */
  readonly version: Version | undefined;
  /** The label of the set that it came in by. */
  readonly set?: string;
  /** A depfile named it. */
  readonly found?: true;
  /** Only that one of its elements was used. */
  readonly element?: UsedPart;
}

/**
 * What an attempt used, one by one, in the order of its description: what it named, what it found, published objects, values,
 * members of sets. Members are looked up only as far as the caller asks for more.
 * @param isCurrent See `CurrentAttempts`: what it used is then the latest version, where that is the same.
 */
export function* inputsOf(record: AttemptRecord, history: History, isCurrent = false): IterableIterator<UsedInput> {
  const { files, found, sets } = record.description;
  const asLatest = (input: UsedInput): UsedInput => {
    const latest = isCurrent ? history.latest(input.name) : undefined;
    return latest !== undefined && isVersionOf(latest, input.identity) ? { ...input, version: latest } : input;
  };
  for (const [path, identity] of Object.entries(files)) yield asLatest(ofPath(record, history, path, identity));
  for (const [path, identity] of Object.entries(found ?? {}))
    if (identity !== null && !Object.hasOwn(files, path))
      yield asLatest({ ...ofPath(record, history, path, identity), found: true });
  for (const input of valuesOf(record, history)) yield asLatest(input);
  for (const [set, root] of Object.entries(sets))
    for (const { path, identity } of membersOf(root, (digest) => history.node(digest)))
      yield asLatest({ ...ofPath(record, history, path, identity), set });
}

function ofPath(record: AttemptRecord, history: History, path: string, identity: Identity): UsedInput {
  const name = pathName(path);
  const version = history.used(name, identity, record.seq);
  return (version === undefined ? inDirectory(record, history, path) : undefined) ?? { name, identity, version };
}

/** A file that has no versions, in a directory that a task made: that has. */
function inDirectory(record: AttemptRecord, history: History, path: string): UsedInput | undefined {
  if (history.count(pathName(path)) > 0) return undefined;
  for (const directory of ancestors(path)) {
    const version = history.before(pathName(directory), record.seq);
    if (version?.cause === "made") return { name: version.name, identity: version.identity, version };
  }
  return undefined;
}

/** Published objects, parameters, variables and tools. */
function* valuesOf(record: AttemptRecord, history: History): IterableIterator<UsedInput> {
  for (const [name, n] of Object.entries(record.objects)) {
    const version = history.version(name, n);
    const identity = version?.identity ?? own(record.description.objects, parseName(name).id);
    if (identity !== undefined) yield { name, identity, version };
  }
  for (const name of record.values) {
    const version = history.before(name, record.seq);
    if (version !== undefined) yield { name, identity: version.identity, version };
  }
}

/** The members of a set in the order of its nodes. One that `load` no longer knows counts as empty. */
export function* membersOf(
  root: Digest,
  load: (digest: Digest) => SetNode | undefined,
  below = "",
): IterableIterator<{ readonly path: string; readonly identity: Identity }> {
  for (const member of load(root) ?? []) {
    const path = below === "" ? member.name : `${below}/${member.name}`;
    if ("node" in member) yield* membersOf(member.node, load, path);
    else yield { path, identity: member.identity };
  }
}

/** How many attempts of one task are searched for the one that another depended on. */
const LATEST = 100;

/**
 * The attempts without outputs whose success an attempt depended on, as far as they are still known by fingerprint.
 * @param before As they were before this place in the sequence.
 */
export function passedBy(record: AttemptRecord, store: Store, before = record.seq): readonly AttemptRecord[] {
  return record.description.entries.flatMap((fingerprint) => passing(fingerprint, before, store) ?? []);
}

/** The latest success with a fingerprint before a place in the sequence, or confirmation of one. */
function passing(fingerprint: Fingerprint, before: number, store: Store): AttemptRecord | undefined {
  const entry = store.entry(fingerprint);
  const made = entry === undefined ? undefined : store.history.record(entry.record);
  if (made === undefined) return undefined;
  const latest = store.history
    .records(made.manifest, made.task, LATEST)
    .find((record) => record.fingerprint === fingerprint && record.outcome === "ok" && record.seq < before);
  return latest ?? (made.seq < before ? made : undefined);
}
