import { defined } from "../model/defined.ts";
import type { SetNode } from "../model/description.ts";
import type { Digest } from "../model/digest.ts";
import { type AttemptRecord, isSideVersion, type Version } from "../model/entry.ts";
import { type Identity, sameIdentity } from "../model/identity.ts";
import { isValueName, parseName } from "../model/object-name.ts";
import { own } from "../model/own.ts";
import { type History, isVersionOf } from "../store/history.ts";
import type { Store } from "../store/store.ts";
import { CurrentAttempts } from "./current-attempts.ts";
import type { UsedPart } from "./document.ts";
import { Elements } from "./elements.ts";

/** An attempt that used a version. */
export interface UsedBy {
  readonly record: AttemptRecord;
  readonly set?: string;
  readonly found?: true;
  readonly element?: UsedPart;
}

/** The attempts that used versions. Remembers what it learned of sets: thousands of attempts use the same ones. */
export class Uses {
  readonly #history: History;
  readonly #current: CurrentAttempts;
  readonly #elements: Elements;
  readonly #members = new Map<string, Identity | undefined>();
  #labels: readonly string[] | undefined;

  constructor(store: Store) {
    this.#history = store.history;
    this.#current = new CurrentAttempts(store);
    this.#elements = new Elements(store);
  }

  /** The attempts that used a version, oldest first, first those that named it and then those that had it in a set. */
  *of(version: Version): IterableIterator<UsedBy> {
    const { kind, id } = parseName(version.name);
    const end = this.#end(version);
    const begin = this.#begin(version);
    for (const { seq, record: use } of this.#history.uses(version.name, begin, end)) {
      const record = this.#history.record(use);
      if (record === undefined || !this.#isUse(version, record)) continue;
      if (seq < version.seq && !this.#current.has(record)) continue;
      yield kind === "path" && !Object.hasOwn(record.description.files, id) ? { record, found: true } : { record };
    }
    if (kind === "path") yield* this.#ofSets(version, id, [begin, end]);
    if (isValueName(version.name)) yield* this.#ofElements(version);
  }

  /** A unit whose element stayed the same was made of an earlier version: it uses the latest one, too. */
  *#ofElements({ name, n }: Version): IterableIterator<UsedBy> {
    for (const use of this.#history.uses(name, 0)) {
      const record = this.#history.record(use.record);
      if (record?.elements === undefined) continue;
      for (const { of, version, key, digest } of this.#elements.usedBy(record, this.#current.has(record)))
        if (of === name && version.n === n) yield { record, element: { key, ...defined({ digest }) } };
    }
  }

  *#ofSets(version: Version, path: string, [begin, end]: readonly [number, number]): IterableIterator<UsedBy> {
    this.#labels ??= [...this.#history.setLabels()];
    for (const set of this.#labels)
      for (const use of this.#history.setUses(set, begin, end)) {
        const used = this.#member(use.root, path);
        if (used === undefined || !isVersionOf(version, used)) continue;
        const record = this.#history.record(use.record);
        if (record === undefined || (use.seq < version.seq && !this.#current.has(record))) continue;
        // A long label is stored as a digest: the record has it in full.
        yield { record, set: labelOf(record, set, use.root) };
      }
  }

  /** A current attempt used the latest version of a name, if it used the same content before (see `CurrentAttempts`). */
  #begin({ name, n, seq, identity }: Version): number {
    if (this.#history.latest(name)?.n !== n) return seq;
    let begin = seq;
    for (const earlier of this.#history.versions(name, n))
      if (!isSideVersion(earlier) && sameIdentity(earlier.identity, identity)) begin = earlier.seq;
    return begin;
  }

  /** An attempt after the next version with the same bytes used that one. */
  #end({ name, n, identity }: Version): number {
    const isValue = !["path", "object"].includes(parseName(name).kind);
    for (let next = n + 1; next <= this.#history.count(name); next += 1) {
      const version = this.#history.version(name, next);
      if (version === undefined || isSideVersion(version)) continue;
      // A value is always used in its latest version.
      if (isValue || sameIdentity(version.identity, identity)) return version.seq;
    }
    return Number.MAX_SAFE_INTEGER;
  }

  /** By content: the range of places says which of the versions with the same content it was. */
  #isUse(version: Version, { description, objects, seq }: AttemptRecord): boolean {
    const { kind, id } = parseName(version.name);
    if (kind !== "path") {
      const n = kind === "object" ? own(objects, version.name) : this.#history.before(version.name, seq)?.n;
      const used = n === undefined ? undefined : this.#history.version(version.name, n);
      return used?.n === version.n || (seq < version.seq && sameIdentity(used?.identity, version.identity));
    }
    const used = own(description.files, id) ?? own(description.found, id);
    return used !== null && used !== undefined && isVersionOf(version, used);
  }

  /** The member of a set at a path. */
  #member(root: Digest, path: string): Identity | undefined {
    const key = `${root} ${path}`;
    if (!this.#members.has(key))
      this.#members.set(
        key,
        find(root, path, (digest) => this.#history.node(digest)),
      );
    return this.#members.get(key);
  }
}

function find(root: Digest, path: string, load: (digest: Digest) => SetNode | undefined): Identity | undefined {
  let node = root;
  const steps = path.split("/");
  const last = steps.pop();
  for (const step of steps) {
    const below = load(node)?.find((member) => member.name === step && "node" in member);
    if (below === undefined || !("node" in below)) return undefined;
    node = below.node;
  }
  const member = load(node)?.find(({ name, ...what }) => name === last && "identity" in what);
  return member !== undefined && "identity" in member ? member.identity : undefined;
}

function labelOf({ description }: AttemptRecord, key: string, root: Digest): string {
  if (Object.hasOwn(description.sets, key)) return key;
  return Object.entries(description.sets).find(([, digest]) => digest === root)?.[0] ?? key;
}
