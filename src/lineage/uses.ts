import type { SetNode } from "../model/description.ts";
import type { Digest } from "../model/digest.ts";
import type { AttemptRecord, Version } from "../model/entry.ts";
import { type Identity, sameIdentity } from "../model/identity.ts";
import { parseName, pathName } from "../model/object-name.ts";
import type { History } from "../store/history.ts";

/** An attempt that used a version. */
export interface UsedBy {
  readonly record: AttemptRecord;
  readonly set?: string;
  readonly found?: true;
}

/** Tells who used versions. Remembers what it learned of sets: thousands of attempts use the same ones. */
export class Uses {
  readonly #history: History;
  readonly #members = new Map<string, Identity | undefined>();
  #labels: readonly string[] | undefined;

  constructor(history: History) {
    this.#history = history;
  }

  /** The attempts that used a version, oldest first, first those that named it and then those that had it in a set. */
  *of(version: Version): IterableIterator<UsedBy> {
    const { kind, id } = parseName(version.name);
    const end = this.#end(version);
    for (const { record: use } of this.#history.uses(version.name, version.seq, end)) {
      const record = this.#history.record(use);
      if (record === undefined || !this.#isUse(version, record)) continue;
      yield kind === "path" && !(id in record.description.files) ? { record, found: true } : { record };
    }
    if (kind === "path") yield* this.#ofSets(version, id, end);
  }

  *#ofSets(version: Version, path: string, end: number): IterableIterator<UsedBy> {
    this.#labels ??= [...this.#history.setLabels()];
    for (const set of this.#labels)
      for (const use of this.#history.setUses(set, version.seq, end)) {
        if (!sameIdentity(this.#member(use.root, path), version.identity)) continue;
        if (this.#history.used(version.name, version.identity, use.seq)?.n !== version.n) continue;
        const record = this.#history.record(use.record);
        // A long label is kept as a digest: the record has it in full.
        if (record !== undefined) yield { record, set: labelOf(record, set, use.root) };
      }
  }

  /** Who comes behind the next version with the same bytes used that one. */
  #end({ name, n, identity }: Version): number {
    const isValue = !["path", "object"].includes(parseName(name).kind);
    for (let next = n + 1; next <= this.#history.count(name); next += 1) {
      const version = this.#history.version(name, next);
      if (version === undefined || version.cause === "edited" || version.cause === "proposed") continue;
      // A value is always used in its latest version.
      if (isValue || sameIdentity(version.identity, identity)) return version.seq;
    }
    return Number.MAX_SAFE_INTEGER;
  }

  #isUse({ name, n, identity }: Version, { description, objects, seq }: AttemptRecord): boolean {
    const { kind, id } = parseName(name);
    if (kind === "object") return objects[name] === n;
    if (kind !== "path") return true;
    const used = description.files[id] ?? description.found?.[id];
    return (
      used !== null &&
      used !== undefined &&
      sameIdentity(used, identity) &&
      this.#history.used(pathName(id), used, seq)?.n === n
    );
  }

  /** What stands at a path in a set. */
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
  if (description.sets[key] !== undefined) return key;
  return Object.entries(description.sets).find(([, digest]) => digest === root)?.[0] ?? key;
}
