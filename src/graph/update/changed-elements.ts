import type { Digest } from "../../model/digest.ts";
import type { FannedOut } from "../../model/evaluation/expansion.ts";
import type { GraphReads } from "../../model/evaluation/reads.ts";
import type { FileSet, Graph } from "../../model/graph.ts";
import { isWithinAny } from "../../model/path.ts";
import type { ExpansionSource } from "../units/elements.ts";

/** What has come and gone of the elements of one thing that is fanned out over. */
export interface ElementChanges<E> {
  readonly added: readonly E[];
  readonly removed: readonly E[];
  /** Some that stayed. */
  readonly samples: readonly E[];
}

/** A member of an object, or an item of an array, by its name in the value. */
export interface ValueElement {
  readonly name: string;
  readonly value: unknown;
}

/** What a value has lost, gained and kept. */
export interface ValueChanges extends ElementChanges<ValueElement> {
  readonly isArray: boolean;
}

/** An earlier graph, and what it was expanded from. */
export interface Earlier {
  readonly graph: Graph;
  readonly listings: GraphReads["listings"];
  /** A value that a task made by then; undefined: it is not stored any more. */
  value(digest: Digest): unknown;
}

/**
 * Gives to the building of a graph the elements that have come since an earlier one, and of those that stayed a few. So it costs what
 * has changed, not what there is.
 */
export class ChangedElements {
  /** False: what has changed cannot be told, so that the graph has to be built of all elements. */
  isKnown = true;
  /** By the path of the value. */
  readonly values = new Map<string, ValueChanges>();
  /** By the path of the directory: files in it. */
  readonly directories = new Map<string, ElementChanges<string>>();
  readonly #sets = new Map<string, ElementChanges<string>>();
  readonly #earlier: Earlier;
  #outputs: ReadonlySet<string> | undefined;

  constructor(earlier: Earlier) {
    this.#earlier = earlier;
  }

  ofSet(set: FileSet): ElementChanges<string> | undefined {
    return this.#sets.get(JSON.stringify(set));
  }

  /** @param source What is there now. */
  read(fannedOut: FannedOut, source: ExpansionSource): ExpansionSource {
    if (source.digest === null || source.problems !== undefined) return this.#unknown(source);
    return fannedOut.over === "value" ? this.#readValue(fannedOut, source) : this.#readDirectory(fannedOut, source);
  }

  /** @param all Members of a set without those outputs. */
  expand(set: FileSet, all: readonly string[], outputs: ReadonlySet<string>): readonly string[] {
    const known = this.ofSet(set) ?? this.#expandFirst(set, all, outputs);
    if (known === undefined) return this.#unknown(all);
    const given = new Set([...known.samples, ...known.added]);
    return all.filter((path) => given.has(path));
  }

  #expandFirst(set: FileSet, all: readonly string[], outputs: ReadonlySet<string>): ElementChanges<string> | undefined {
    const key = JSON.stringify(set);
    const before = this.#earlier.listings.find(
      (listing) => !listing.directories && JSON.stringify(listing.set) === key,
    );
    // The outputs of units that are not expanded now.
    this.#outputs ??= new Set(this.#earlier.graph.tasks.flatMap((task) => task.outputs.map(({ path }) => path)));
    const made = this.#outputs;
    if (before === undefined || all.some((path) => isWithinAny(path, made) && !isWithinAny(path, outputs)))
      return undefined;
    const changes = changesBetween(before.result, all, (path) => path);
    if (changes !== undefined) this.#sets.set(key, changes);
    return changes;
  }

  #readValue({ path }: FannedOut, source: ExpansionSource): ExpansionSource {
    const { value } = source;
    const digest = this.#earlier.graph.expansions?.find((expansion) => expansion.path === path)?.digest;
    const before = digest === source.digest ? value : digest && this.#earlier.value(digest);
    if (!isContainer(value) || !isContainer(before) || Array.isArray(value) !== Array.isArray(before))
      return this.#unknown(source);
    const isArray = Array.isArray(value);
    const textOf = (element: ValueElement): string => JSON.stringify(isArray ? element.value : element);
    const changes = changesBetween(elementsIn(before), elementsIn(value), textOf);
    if (changes === undefined) return this.#unknown(source);
    this.values.set(path, { ...changes, isArray });
    const given = [...changes.samples, ...changes.added];
    const elements = isArray
      ? given.map((element) => element.value)
      : Object.fromEntries(given.map((element) => [element.name, element.value]));
    return { ...source, value: elements };
  }

  /** Each file is a unit, so that the graph tells which there were. */
  #readDirectory({ path }: FannedOut, source: ExpansionSource): ExpansionSource {
    const { expansions = [], tasks } = this.#earlier.graph;
    const group = expansions.find((expansion) => expansion.path === path)?.group;
    const before = new Set(tasks.flatMap((task) => (task.group === group && task.key !== undefined ? [task.key] : [])));
    const inside = [...before].map((key) => `${path}/${key}`);
    const changes = group === undefined ? undefined : changesBetween(inside, source.files ?? [], (file) => file);
    if (changes === undefined) return this.#unknown(source);
    this.directories.set(path, changes);
    const given = new Set([...changes.samples, ...changes.added]);
    return { ...source, files: (source.files ?? []).filter((file) => given.has(file)) };
  }

  #unknown<T>(all: T): T {
    this.isKnown = false;
    return all;
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function elementsIn(value: object): readonly ValueElement[] {
  return Object.entries(value).map(([name, inner]: [string, unknown]) => ({ name, value: inner }));
}

/**
 * Undefined: so little stayed that nothing is gained.
 * @param textOf What tells elements apart; several may be equal.
 */
function changesBetween<E>(
  before: readonly E[],
  now: readonly E[],
  textOf: (element: E) => string,
): ElementChanges<E> | undefined {
  const left = new Map<string, E[]>();
  for (const element of before) {
    const text = textOf(element);
    const alike = left.get(text);
    if (alike === undefined) left.set(text, [element]);
    else alike.push(element);
  }
  const added: E[] = [];
  const stayed: E[] = [];
  for (const element of now) (left.get(textOf(element))?.pop() === undefined ? added : stayed).push(element);
  if (stayed.length < added.length) return undefined;
  const samples = [...new Set([stayed[stayed.length >> 1], stayed.at(-1)])].filter((one) => one !== undefined);
  return samples.length === 0 ? undefined : { added, removed: [...left.values()].flat(), samples };
}
