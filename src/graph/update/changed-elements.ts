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
    const changes = changesInValue(before, value);
    if (changes === undefined) return this.#unknown(source);
    this.values.set(path, changes);
    const given = [...changes.samples, ...changes.added];
    const elements = changes.isArray
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

function changesInValue(before: object, now: object): ValueChanges | undefined {
  const isArray = Array.isArray(now);
  if (!isArray) {
    const changes = changesBetween(membersOf(before), membersOf(now), JSON.stringify);
    return changes && { ...changes, isArray };
  }
  const changes = changesBetween(before as readonly unknown[], now, JSON.stringify);
  // The place of an item counts for nothing.
  const named = (items: readonly unknown[]): readonly ValueElement[] => items.map((value) => ({ name: "", value }));
  return (
    changes && {
      added: named(changes.added),
      removed: named(changes.removed),
      samples: named(changes.samples),
      isArray,
    }
  );
}

function membersOf(value: object): readonly ValueElement[] {
  return Object.entries(value).map(([name, inner]: [string, unknown]) => ({ name, value: inner }));
}

/**
 * Undefined: so little stayed that nothing is gained. Elements are compared one by one from both ends; only those between the first change
 * and the last one are looked for elsewhere.
 * @param textOf What tells elements apart; several may be equal.
 */
function changesBetween<E>(
  before: readonly E[],
  now: readonly E[],
  textOf: (element: E) => string,
): ElementChanges<E> | undefined {
  const shorter = Math.min(before.length, now.length);
  let start = 0;
  while (start < shorter && isSame(before[start], now[start], 0)) start += 1;
  let end = 0;
  while (start + end < shorter && isSame(before.at(-1 - end), now.at(-1 - end), 0)) end += 1;
  const left = new Map<string, E[]>();
  for (const element of before.slice(start, before.length - end)) {
    const text = textOf(element);
    const alike = left.get(text);
    if (alike === undefined) left.set(text, [element]);
    else alike.push(element);
  }
  const added: E[] = [];
  const stayed = now.slice(0, start);
  for (const element of now.slice(start, now.length - end))
    (left.get(textOf(element))?.pop() === undefined ? added : stayed).push(element);
  for (const element of now.slice(now.length - end)) stayed.push(element);
  if (stayed.length < added.length) return undefined;
  const samples = [...new Set([stayed[stayed.length >> 1], stayed.at(-1)])].filter((one) => one !== undefined);
  return samples.length === 0 ? undefined : { added, removed: [...left.values()].flat(), samples };
}

/** How deeply elements are compared. */
const DEEPEST = 16;

/** True for values of JSON with the same text; false also for what is nested too deeply. */
function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (a === b) return true;
  if (!isContainer(a) || !isContainer(b) || depth === DEEPEST || Array.isArray(a) !== Array.isArray(b)) return false;
  const [names, others] = [Object.keys(a), Object.keys(b)];
  const inner = a as Readonly<Record<string, unknown>>;
  const other = b as Readonly<Record<string, unknown>>;
  return (
    names.length === others.length &&
    names.every((name, i) => name === others[i] && isSame(inner[name], other[name], depth + 1))
  );
}
