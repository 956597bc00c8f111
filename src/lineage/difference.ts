import { diffDescriptions } from "../fingerprint/diff.ts";
import type { Change } from "../model/description.ts";
import type { AttemptRecord, Version } from "../model/entry.ts";
import { type Identity, sameIdentity } from "../model/identity.ts";
import { objectName, pathName } from "../model/object-name.ts";
import { own } from "../model/own.ts";
import type { History } from "../store/history.ts";
import type { Store } from "../store/store.ts";
import { versionId } from "./document.ts";
import { impliedCommand } from "./implied-command.ts";
import { passedBy } from "./inputs.ts";

/** Something that differs and is not explained by anything further up. */
export type Leaf =
  /** A change of what an attempt depended on. `before` and `after`: ids of versions, where it has some. */
  | { readonly kind: "changed"; readonly change: Change; readonly before?: string; readonly after?: string }
  /** Two attempts made it of the same inputs, with different results. */
  | { readonly kind: "nondeterministic"; readonly name: string; readonly before: string; readonly after: string }
  /** How it came about is not known: it is no result of an attempt, or its record is gone. */
  | { readonly kind: "given"; readonly name: string; readonly before: string; readonly after: string };

/** A leaf, and the tasks by which it came into what was asked about. */
export interface Cause {
  readonly leaf: Leaf;
  /** Tasks, as they are named after the change, that it reached directly. */
  readonly tasks: readonly string[];
}

/** Why two versions of one object differ. */
export interface LineageDifference {
  /** Version of this shape. */
  readonly format: 1;
  /** Ids of the versions. */
  readonly before: string;
  readonly after: string;
  /** Their bytes are the same. */
  readonly same: boolean;
  /** The fewest changes that explain it, those nearest to the version first. */
  readonly causes: readonly Cause[];
}

/** Descends into what both versions were made of, side by side, and only where that differs. */
export function difference(store: Store, before: Version, after: Version): LineageDifference {
  const same = sameIdentity(before.identity, after.identity);
  return {
    format: 1,
    before: versionId(before.name, before.n),
    after: versionId(after.name, after.n),
    same,
    causes: same ? [] : new Difference(store).between(before, after),
  };
}

interface Pair {
  readonly before: AttemptRecord;
  readonly after: AttemptRecord;
  /** What differs among their outputs; absent where their success alone counts. */
  readonly output?: readonly [before: Version, after: Version];
}

class Difference {
  readonly #store: Store;
  readonly #history: History;
  readonly #causes = new Map<string, { readonly leaf: Leaf; readonly tasks: Set<string> }>();
  readonly #seen = new Set<string>();
  readonly #pairs: Pair[] = [];

  constructor(store: Store) {
    this.#store = store;
    this.#history = store.history;
  }

  between(before: Version, after: Version): readonly Cause[] {
    if (!this.#descend(before, after, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)) this.#given(before, after);
    // Pairs are added while they are gone through: breadth first.
    for (let i = 0; i < this.#pairs.length; i += 1) this.#compare(this.#pairs[i] as Pair);
    return [...this.#causes.values()].map(({ leaf, tasks }) => ({ leaf, tasks: [...tasks] }));
  }

  /** Compares the origins of two versions. False when their difference leads no further up. */
  #descend(a: Version, b: Version, beforeSeq: number, afterSeq: number): boolean {
    const before = this.#history.makerOf(a, beforeSeq);
    const after = this.#history.makerOf(b, afterSeq);
    if (before === undefined || after === undefined) return false;
    this.#enqueue({ before, after, output: [a, b] });
    return true;
  }

  #enqueue(pair: Pair): void {
    const key = `${pair.before.id} ${pair.after.id} ${pair.output?.[0].name ?? ""}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#pairs.push(pair);
  }

  #compare({ before, after, output }: Pair): void {
    const changes = diffDescriptions(before.description, after.description, (digest) => this.#history.node(digest));
    const passed = changes.some(({ aspect }) => aspect === "entry") ? this.#comparePassed(before, after) : true;
    for (const change of changes) {
      if (change.aspect === "entry" && passed) continue;
      if (change.aspect === "command" && impliedCommand(before, after, changes)) continue;
      this.#follow(change, before, after);
    }
    if (changes.length > 0 || output === undefined) return;
    const [a, b] = output;
    const ids = { before: versionId(a.name, a.n), after: versionId(b.name, b.n) };
    this.#note({ kind: "nondeterministic", name: b.name, ...ids }, after.task);
  }

  /** Where both attempts used a version of what differs and a task made it, the reason is further up; else it is here. */
  #follow(change: Change, before: AttemptRecord, after: AttemptRecord): void {
    const name = nameOf(change);
    const a = name === undefined ? undefined : this.#version(change, "before", name, before);
    const b = name === undefined ? undefined : this.#version(change, "after", name, after);
    if (a !== undefined && b !== undefined && this.#descend(a, b, before.seq, after.seq)) return;
    this.#note(
      {
        kind: "changed",
        change,
        ...(a === undefined ? {} : { before: versionId(a.name, a.n) }),
        ...(b === undefined ? {} : { after: versionId(b.name, b.n) }),
      },
      after.task,
    );
  }

  #version(change: Change, side: "before" | "after", name: string, record: AttemptRecord): Version | undefined {
    if (change.aspect === "file") {
      const identity: Identity | undefined = change[side];
      return identity === undefined ? undefined : this.#history.used(name, identity, record.seq);
    }
    const pinned = own(record.objects, name);
    if (pinned !== undefined) return this.#history.version(name, pinned);
    return record.values.includes(name) ? this.#history.before(name, record.seq) : undefined;
  }

  /** Tasks without outputs, side by side. False when not all of them are known. */
  #comparePassed(before: AttemptRecord, after: AttemptRecord): boolean {
    const fresh = (one: AttemptRecord, other: AttemptRecord): readonly AttemptRecord[] =>
      passedBy(one, this.#store).filter(({ fingerprint }) => !other.description.entries.includes(fingerprint));
    const gone = fresh(before, after);
    const come = fresh(after, before);
    const pairs = come.flatMap((record) => {
      const twin = gone.find(({ task, manifest }) => task === record.task && manifest === record.manifest);
      return twin === undefined ? [] : [{ before: twin, after: record }];
    });
    for (const pair of pairs) this.#enqueue(pair);
    const differing = after.description.entries.filter((entry) => !before.description.entries.includes(entry)).length;
    return pairs.length === differing && gone.length === come.length;
  }

  #given(a: Version, b: Version): void {
    const ids = { before: versionId(a.name, a.n), after: versionId(b.name, b.n) };
    this.#note({ kind: "given", name: b.name, ...ids });
  }

  #note(leaf: Leaf, task?: string): void {
    const key = keyOf(leaf, task);
    const known = this.#causes.get(key) ?? { leaf, tasks: new Set<string>() };
    if (task !== undefined) known.tasks.add(task);
    this.#causes.set(key, known);
  }
}

/** The object that a change is about; undefined: it is about none. */
function nameOf(change: Change): string | undefined {
  if (change.aspect === "file") return pathName(change.path);
  if (change.aspect === "param" || change.aspect === "tool" || change.aspect === "object")
    return objectName(change.aspect, change.name);
  return undefined;
}

/** Aspects that are each task's own. */
const OWN: ReadonlySet<Change["aspect"]> = new Set(["command", "outputs", "inputs"]);

/** One change of a source is one leaf, however many tasks it reached; a command is each task's own. */
function keyOf(leaf: Leaf, task: string | undefined): string {
  if (leaf.kind !== "changed") return JSON.stringify(leaf);
  const { change } = leaf;
  if (change.aspect === "file")
    return JSON.stringify(["file", change.path, change.before ?? null, change.after ?? null]);
  return JSON.stringify(OWN.has(change.aspect) ? [task, change] : change);
}
