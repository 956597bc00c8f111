import { elementTexts, type ParsedElement, parseElement } from "../../content/element-texts.ts";
import type { Digest } from "../../model/digest.ts";
import type { FannedOut } from "../../model/evaluation/expansion.ts";
import type { GraphReads } from "../../model/evaluation/reads.ts";
import type { FileSet, Graph } from "../../model/graph.ts";
import { isWithinAny } from "../../model/path.ts";
import type { ExpansionSource, ExpansionText } from "../units/elements.ts";

/** What has come and gone of the elements of one thing that is fanned out over. */
export interface ElementChanges<E> {
  readonly added: readonly E[];
  readonly removed: readonly E[];
  /** Some that stayed. */
  readonly samples: readonly E[];
}

/** What a value has lost, gained and kept. */
export interface ValueChanges extends ElementChanges<ParsedElement> {
  readonly isArray: boolean;
}

/** An earlier graph, and what it was expanded from. */
export interface Earlier {
  readonly graph: Graph;
  readonly listings: GraphReads["listings"];
  /** The text of a value that a task made by then; undefined: it is not stored any more. */
  text(digest: Digest): string | undefined;
}

/** What is there now. */
export interface Present {
  read(fannedOut: FannedOut): ExpansionSource;
  readText(fannedOut: FannedOut): ExpansionText;
}

/**
 * Gives to the building of a graph the elements that have come since an earlier one, and of those that stayed a few. So it costs what
 * has changed, not what there is: of a value only those elements are parsed.
 */
export class ChangedElements {
  /** False: what has changed cannot be told, so that the graph has to be built of all elements. */
  isKnown = true;
  /** By the path of the value. */
  readonly values = new Map<string, ValueChanges>();
  /** By the path of the directory: files in it. */
  readonly directories = new Map<string, ElementChanges<string>>();
  readonly #sets = new Map<string, ElementChanges<string>>();
  /** Several groups may fan out over the same. */
  readonly #sources = new Map<string, ExpansionSource>();
  readonly #earlier: Earlier;
  readonly #present: Present;
  #outputs: ReadonlySet<string> | undefined;

  constructor(earlier: Earlier, present: Present) {
    this.#earlier = earlier;
    this.#present = present;
  }

  ofSet(set: FileSet): ElementChanges<string> | undefined {
    return this.#sets.get(JSON.stringify(set));
  }

  read(fannedOut: FannedOut): ExpansionSource {
    const { over, path } = fannedOut;
    let source = this.#sources.get(path);
    source ??= over === "value" ? this.#readValue(fannedOut) : this.#readDirectory(path);
    if (source === undefined) this.isKnown = false;
    else this.#sources.set(path, source);
    return source ?? { digest: null };
  }

  /** @param all Members of a set without those outputs. */
  expand(set: FileSet, all: readonly string[], outputs: ReadonlySet<string>): readonly string[] {
    const known = this.ofSet(set) ?? this.#expandFirst(set, all, outputs);
    if (known === undefined) {
      this.isKnown = false;
      return all;
    }
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
    const changes = changesBetween(before.result, all);
    if (changes !== undefined) this.#sets.set(key, changes);
    return changes;
  }

  #readValue(fannedOut: FannedOut): ExpansionSource | undefined {
    const { path } = fannedOut;
    const { digest, text } = this.#present.readText(fannedOut);
    if (text === undefined) return undefined;
    const known = this.#earlier.graph.expansions?.find((expansion) => expansion.path === path)?.digest ?? undefined;
    const before = known === digest ? text : known && this.#earlier.text(known);
    const changes = before === undefined ? undefined : changesInValue(before, text);
    if (changes === undefined) return undefined;
    this.values.set(path, changes);
    const given = [...changes.samples, ...changes.added];
    const elements = changes.isArray
      ? given.map((element) => element.value)
      : Object.fromEntries(given.map((element) => [element.name, element.value]));
    return { digest, value: elements };
  }

  /** Each file is a unit, so that the graph tells which there were. */
  #readDirectory(path: string): ExpansionSource | undefined {
    const source = this.#present.read({ over: "directory", path });
    const { expansions = [], tasks } = this.#earlier.graph;
    const group = expansions.find((expansion) => expansion.path === path)?.group;
    if (group === undefined || source.files === undefined) return undefined;
    const before = new Set(tasks.flatMap((task) => (task.group === group && task.key !== undefined ? [task.key] : [])));
    const inside = [...before].map((key) => `${path}/${key}`);
    const changes = changesBetween(inside, source.files);
    if (changes === undefined) return undefined;
    this.directories.set(path, changes);
    const given = new Set([...changes.samples, ...changes.added]);
    return { ...source, files: source.files.filter((file) => given.has(file)) };
  }
}

/** Undefined: they are no arrays or objects alike, or so little stayed that nothing is gained. */
function changesInValue(before: string, now: string): ValueChanges | undefined {
  const [earlier, present] = [elementTexts(before), elementTexts(now)];
  if (earlier === undefined || present === undefined || earlier.isArray !== present.isArray) return undefined;
  const { isArray } = present;
  // The place of an item counts for nothing.
  const changes = changesBetween(earlier.texts, present.texts);
  if (changes === undefined) return undefined;
  const parsed = (texts: readonly string[]): readonly ParsedElement[] =>
    texts.map((text) => parseElement(text, isArray));
  try {
    const { added, removed, samples } = changes;
    return { added: parsed(added), removed: parsed(removed), samples: parsed(samples), isArray };
  } catch {
    // An edit may be anything.
    return undefined;
  }
}

/**
 * Undefined: so little stayed that nothing is gained. Elements are compared one by one from both ends; only those between the first change
 * and the last one are looked for elsewhere. Several may be equal.
 */
function changesBetween(before: readonly string[], now: readonly string[]): ElementChanges<string> | undefined {
  const shorter = Math.min(before.length, now.length);
  let start = 0;
  while (start < shorter && before[start] === now[start]) start += 1;
  let end = 0;
  while (start + end < shorter && before[before.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  const left = new Map<string, number>();
  for (const element of before.slice(start, before.length - end)) left.set(element, (left.get(element) ?? 0) + 1);
  const added: string[] = [];
  const stayed = now.slice(0, start);
  for (const element of now.slice(start, now.length - end)) {
    const count = left.get(element) ?? 0;
    if (count > 0) left.set(element, count - 1);
    (count > 0 ? stayed : added).push(element);
  }
  for (const element of now.slice(now.length - end)) stayed.push(element);
  if (stayed.length < added.length) return undefined;
  const samples = [...new Set([stayed[stayed.length >> 1], stayed.at(-1)])].filter((one) => one !== undefined);
  const removed = [...left].flatMap(([element, count]) => Array.from({ length: count }, () => element));
  return samples.length === 0 ? undefined : { added, removed, samples };
}
