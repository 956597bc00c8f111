import type { Hasher } from "../host/files/host.ts";
import type { AttemptRecord, Version } from "../model/entry.ts";
import type { Store } from "../store/store.ts";
import { type Extent, LineageBuilder } from "./builder.ts";
import type { LineageDocument } from "./document.ts";
import { inputsOf, makerOf, passedBy } from "./inputs.ts";

/** A version that is to be followed to where it came from. */
interface Step {
  readonly version: Version;
  /** Who used it saw the store as it was before this place in the sequence. */
  readonly before: number;
  /** Attempts between it and the root. */
  readonly distance: number;
}

/** Where versions came from: the attempts that made them, what those used, and so on. The nearest comes first. */
export function upstream(
  store: Store,
  hasher: Hasher,
  roots: readonly Version[],
  { depth = Number.POSITIVE_INFINITY, limit }: Extent = {},
): LineageDocument {
  return new Upstream(store, new LineageBuilder(store, hasher, limit), depth).walk(roots);
}

class Upstream {
  readonly #store: Store;
  readonly #builder: LineageBuilder;
  readonly #depth: number;
  readonly #steps: Step[] = [];
  /** Ids of records whose inputs are in the document. */
  readonly #expanded = new Set<string>();

  constructor(store: Store, builder: LineageBuilder, depth: number) {
    this.#store = store;
    this.#builder = builder;
    this.#depth = depth;
  }

  walk(roots: readonly Version[]): LineageDocument {
    for (const version of roots) {
      this.#builder.root(version);
      this.#steps.push({ version, before: Number.POSITIVE_INFINITY, distance: 0 });
    }
    // Steps are added while they are gone through: breadth first.
    for (let i = 0; i < this.#steps.length; i += 1) this.#follow(this.#steps[i] as Step);
    return this.#builder.document("up");
  }

  #follow({ version, before, distance }: Step): void {
    if (version.cause === "merged") this.#followParents(version, distance);
    const maker = makerOf(version, before, this.#store.history);
    if (maker === undefined) return;
    const id = this.#builder.version(version);
    if (distance >= this.#depth || (this.#builder.full && !this.#builder.has(maker.id))) {
      this.#builder.truncate(id);
      return;
    }
    this.#builder.record(maker);
    const again = maker.id === version.current ? { again: true as const } : {};
    this.#builder.edge({ kind: "made", from: maker.id, to: id, ...again });
    this.#expand(maker, distance + 1);
  }

  #expand(record: AttemptRecord, distance: number): void {
    if (this.#expanded.has(record.id)) return;
    this.#expanded.add(record.id);
    for (const input of inputsOf(record, this.#store.history)) {
      if (this.#builder.full) {
        this.#builder.truncate(record.id);
        return;
      }
      const from = this.#builder.input(input);
      const how = {
        ...(input.set === undefined ? {} : { set: input.set }),
        ...(input.found ? { found: true as const } : {}),
      };
      this.#builder.edge({ kind: "used", from, to: record.id, ...how });
      if (input.version !== undefined) this.#steps.push({ version: input.version, before: record.seq, distance });
    }
    this.#expandPassed(record, distance);
  }

  #expandPassed(record: AttemptRecord, distance: number): void {
    for (const passed of passedBy(record, this.#store)) {
      if (distance >= this.#depth || this.#builder.full) {
        this.#builder.truncate(record.id);
        return;
      }
      this.#builder.record(passed);
      this.#builder.edge({ kind: "passed", from: passed.id, to: record.id });
      this.#expand(passed, distance + 1);
    }
  }

  #followParents({ name, n, parents = [] }: Version, distance: number): void {
    for (const parent of parents) {
      const version = this.#store.history.version(name, parent);
      if (version === undefined) continue;
      const from = this.#builder.version(version);
      this.#builder.edge({ kind: "merged", from, to: `${name}@${n}` });
      this.#steps.push({ version, before: Number.POSITIVE_INFINITY, distance });
    }
  }
}
