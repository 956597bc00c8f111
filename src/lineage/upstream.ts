import { defined } from "../model/defined.ts";
import type { AttemptRecord, Version } from "../model/entry.ts";
import type { Store } from "../store/store.ts";
import { type Extent, LineageBuilder } from "./builder.ts";
import type { LineageDocument } from "./document.ts";
import { allInputsOf, Elements } from "./elements.ts";
import { passedBy } from "./inputs.ts";

/** A place in the sequence after everything that was recorded. */
const NOW = Number.POSITIVE_INFINITY;

/** A version whose origin is still to be traced. */
interface Step {
  readonly version: Version;
  /** The attempt that used it saw the store as it was before this place in the sequence. */
  readonly before: number;
  /** Attempts between it and the root. */
  readonly distance: number;
}

/** Where versions came from: the attempts that made them, what those used, and so on. The nearest comes first. */
export function upstream(
  store: Store,
  roots: readonly Version[],
  { depth = Number.POSITIVE_INFINITY, limit }: Extent = {},
): LineageDocument {
  return new Upstream(store, new LineageBuilder(store, limit), depth).walk(roots);
}

class Upstream {
  readonly #store: Store;
  readonly #builder: LineageBuilder;
  readonly #elements: Elements;
  readonly #depth: number;
  readonly #steps: Step[] = [];
  /** Records whose inputs are in the document: their ids, and whether they are current. */
  readonly #expanded = new Set<string>();

  constructor(store: Store, builder: LineageBuilder, depth: number) {
    this.#store = store;
    this.#builder = builder;
    this.#elements = new Elements(store);
    this.#depth = depth;
  }

  walk(roots: readonly Version[]): LineageDocument {
    for (const version of roots) {
      this.#builder.root(version);
      this.#steps.push({ version, before: NOW, distance: 0 });
    }
    // Steps are added while they are gone through: breadth first.
    for (let i = 0; i < this.#steps.length; i += 1) this.#follow(this.#steps[i] as Step);
    return this.#builder.document("up");
  }

  #follow({ version, before, distance }: Step): void {
    if (version.cause === "merged") this.#followParents(version, distance);
    const maker = this.#store.history.makerOf(version, before);
    if (maker === undefined) return;
    const id = this.#builder.version(version);
    if (distance >= this.#depth || (this.#builder.full && !this.#builder.has(maker.id))) {
      this.#builder.truncate(id);
      return;
    }
    this.#builder.record(maker);
    const again = maker.id === version.current ? { again: true as const } : {};
    this.#builder.edge({ kind: "made", from: maker.id, to: id, ...again });
    const isCurrent = before === NOW && this.#store.history.latest(version.name)?.n === version.n;
    this.#expand(maker, distance + 1, isCurrent);
  }

  /** @param isCurrent It made, or made again, a latest version: what it used counts as the latest, where that is the same. */
  #expand(record: AttemptRecord, distance: number, isCurrent: boolean): void {
    const key = `${record.id} ${isCurrent}`;
    if (this.#expanded.has(key)) return;
    this.#expanded.add(key);
    const { history } = this.#store;
    for (const input of allInputsOf(record, history, this.#elements, isCurrent)) {
      if (this.#builder.full) {
        this.#builder.truncate(record.id);
        return;
      }
      const from = this.#builder.input(input);
      const how = {
        ...defined({ set: input.set }),
        ...(input.found ? { found: true as const } : {}),
        ...defined({ element: input.element }),
      };
      this.#builder.edge({ kind: "used", from, to: record.id, ...how });
      const { name, version } = input;
      const isLatest = isCurrent && version !== undefined && history.latest(name)?.n === version.n;
      if (version !== undefined) this.#steps.push({ version, before: isLatest ? NOW : record.seq, distance });
    }
    this.#expandPassed(record, distance, isCurrent);
  }

  #expandPassed(record: AttemptRecord, distance: number, isCurrent: boolean): void {
    for (const passed of passedBy(record, this.#store, isCurrent ? NOW : record.seq)) {
      if (distance >= this.#depth || this.#builder.full) {
        this.#builder.truncate(record.id);
        return;
      }
      this.#builder.record(passed);
      this.#builder.edge({ kind: "passed", from: passed.id, to: record.id });
      this.#expand(passed, distance + 1, isCurrent);
    }
  }

  #followParents({ name, n, parents = [] }: Version, distance: number): void {
    for (const parent of parents) {
      const version = this.#store.history.version(name, parent);
      if (version === undefined) continue;
      const from = this.#builder.version(version);
      this.#builder.edge({ kind: "merged", from, to: `${name}@${n}` });
      this.#steps.push({ version, before: NOW, distance });
    }
  }
}
