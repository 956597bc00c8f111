import { readJson } from "../content/read-json.ts";
import { canonicalValue } from "../content/value.ts";
import { elementsOf } from "../graph/units/elements.ts";
import { atWay } from "../graph/units/key-way.ts";
import { defined } from "../model/defined.ts";
import type { Digest } from "../model/digest.ts";
import type { AttemptRecord, UsedElement, Version } from "../model/entry.ts";
import type { History } from "../store/history.ts";
import type { Store } from "../store/store.ts";
import { inputsOf, type UsedInput } from "./inputs.ts";

/** An element of a value, in the version that an attempt used. */
export interface ElementUse extends UsedElement {
  readonly version: Version;
  /** Of its canonical text. Absent: the version is not stored any more, or a function of the manifest alone knows which element has that key. */
  readonly digest?: Digest;
}

/** What an attempt used, as `inputsOf` gives it, with the elements that it was made of in front. */
export function* allInputsOf(
  record: AttemptRecord,
  history: History,
  elements: Elements,
  isCurrent = false,
): IterableIterator<UsedInput> {
  for (const { of, version, key, digest } of elements.usedBy(record, isCurrent))
    yield { name: of, identity: version.identity, version, element: { key, ...defined({ digest }) } };
  yield* inputsOf(record, history, isCurrent);
}

/**
 * Elements have no versions of their own: they are looked up in the versions of the value that they are in. Versions that were read
 * are remembered, as thousands of units are made of one value.
 */
export class Elements {
  readonly #store: Store;
  /** Digest of a value, and what gives the keys → its elements by their keys. */
  readonly #values = new Map<string, ReadonlyMap<string, unknown>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** @param isCurrent See `CurrentAttempts`: the latest version counts as used, where it has the element and that is not known to have been another. */
  usedBy({ elements = [], seq }: AttemptRecord, isCurrent = false): readonly ElementUse[] {
    return elements.flatMap((element) => {
      const version = this.#store.history.before(element.of, seq);
      if (version === undefined) return [];
      const use = this.#in(version, element);
      const now = isCurrent ? this.latest(element) : undefined;
      // One that is not in the latest version any more was used in an earlier one, also where that is not stored.
      const isSame = now?.digest !== undefined && (use.digest === undefined || now.digest === use.digest);
      return [isSame ? now : use];
    });
  }

  /** The element as it is in the latest version. Undefined: the value has none. */
  latest(element: UsedElement): ElementUse | undefined {
    const version = this.#store.history.latest(element.of);
    return version === undefined ? undefined : this.#in(version, element);
  }

  /** The canonical JSON of an element; undefined where its digest is not known either. */
  text({ version, key, by }: Pick<ElementUse, "version" | "key" | "by">): string | undefined {
    if (version.identity.type !== "file") return undefined;
    const { digest } = version.identity;
    const keyed = JSON.stringify([digest, by ?? null]);
    const elements = this.#values.get(keyed) ?? this.#read(digest, by);
    this.#values.set(keyed, elements);
    if (!elements.has(key)) return undefined;
    const canonical = canonicalValue(Buffer.from(JSON.stringify(elements.get(key))), "json");
    return canonical.ok ? canonical.bytes.toString() : undefined;
  }

  #in(version: Version, { of, key, by }: UsedElement): ElementUse {
    const named = { of, key, ...defined({ by }) };
    const text = this.text({ ...named, version });
    const digest = text === undefined ? undefined : this.#store.hasher.digest(text);
    return { ...named, version, ...defined({ digest }) };
  }

  #read(digest: Digest, by: readonly string[] | undefined): ReadonlyMap<string, unknown> {
    const bytes = by?.length === 0 ? undefined : this.#store.blobs.read(digest);
    const value = bytes === undefined ? undefined : readJson(bytes.toString("utf8"));
    const keyOf = by && ((element: unknown) => atWay(element, by));
    return new Map(
      elementsOf(value, keyOf, (of) => this.#store.hasher.digest(of))?.map(({ key, value }) => [key, value]),
    );
  }
}
