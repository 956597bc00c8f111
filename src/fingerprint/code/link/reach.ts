import type { Piece } from "../module/module-code.ts";
import { Impacts } from "./impact.ts";
import { type Edge, ENTRY, type Item, keyOf, Trace } from "./item.ts";
import type { Linked, Linker } from "./linker.ts";
import { type Sequence, sequenceOf } from "./sequence.ts";

/** An item of a slice. */
export interface Reached {
  readonly item: Item;
  readonly piece: Piece | undefined;
  readonly edges: readonly Edge[];
  /** Index of the item that refers to it first. */
  readonly via: number | undefined;
}

/** All that a function reaches. */
export interface Reach {
  /** The function first; their order follows from the code alone. */
  readonly items: readonly Reached[];
  /** Indexes of the items whose evaluation has an order that may matter, in that order. */
  readonly order: readonly number[];
  readonly indexOf: (item: Item) => number;
  readonly trace: Trace;
}

/** Follows code from a function, and from what loading the modules does to anything that it reaches. */
export class ReachFinder {
  readonly #linker: Linker;
  readonly #impacts: Impacts;
  readonly #sequences = new Map<string, Sequence>();

  constructor(linker: Linker) {
    this.#linker = linker;
    this.#impacts = new Impacts(linker);
  }

  /** @param manifest Absolute path of the module that is evaluated first. */
  from(piece: Piece, path: string, manifest: string): Reach {
    const walk = new Walk(this.#linker, this.#impacts);
    walk.enter(piece, path, this.#linker.linkPiece(piece, path));
    const roots = [manifest, path];
    for (let known = -1; known !== walk.items.length + roots.length; ) {
      known = walk.items.length + roots.length;
      walk.follow();
      for (const root of walk.evaluates) if (!roots.includes(root)) roots.push(root);
      walk.select(this.#items(roots));
      walk.selectFailing(this.#items([...walk.evaluates]));
    }
    const trace = walk.trace;
    for (const root of roots) trace.add({ reads: this.sequence(root).trace.reads });
    for (const root of roots.slice(1)) trace.addAll(this.sequence(root).trace);
    return { items: walk.items, order: walk.order(this.#items(roots)), indexOf: walk.indexOf, trace };
  }

  /** True when calling a function changes nothing that is there after the call. */
  changesNothing(piece: Piece, path: string): boolean {
    const { isGlobal, touched } = this.#impacts.ofCalling(piece, path);
    return !isGlobal && touched.size === 0;
  }

  /** A function of a package: it, and its package as a whole. */
  inPackage(piece: Piece, path: string, directory: string): Reach {
    const walk = new Walk(this.#linker, this.#impacts);
    const links = [{ item: { kind: "package", path: directory } } as const];
    walk.enter(piece, path, {
      edges: [{ label: "package", isInert: false, links }],
      trace: new Trace(),
      evaluates: [],
    });
    walk.follow();
    return { items: walk.items, order: [], indexOf: walk.indexOf, trace: walk.trace };
  }

  /** Everything that is evaluated, once each. */
  #items(roots: readonly string[]): readonly Item[] {
    const all = roots.flatMap((root) => this.sequence(root).items);
    return roots.length === 1 ? all : [...new Map(all.map((item) => [keyOf(item), item])).values()];
  }

  /** What loading a module evaluates. */
  sequence(root: string): Sequence {
    const known = this.#sequences.get(root) ?? sequenceOf(root, this.#linker);
    this.#sequences.set(root, known);
    return known;
  }
}

class Walk {
  readonly items: Reached[] = [];
  readonly evaluates = new Set<string>();
  readonly trace = new Trace();
  readonly #linker: Linker;
  readonly #impacts: Impacts;
  readonly #indexes = new Map<string, number>();
  #followed = 0;

  constructor(linker: Linker, impacts: Impacts) {
    this.#linker = linker;
    this.#impacts = impacts;
  }

  readonly indexOf = (item: Item): number => this.#indexes.get(keyOf(item)) as number;

  enter(piece: Piece, path: string, linked: Linked): void {
    const item: Item = { kind: "piece", path, index: ENTRY };
    this.#push({ item, piece, via: undefined }, linked);
  }

  /** Adds all that is referred to, the nearest first. */
  follow(): void {
    for (; this.#followed < this.items.length; this.#followed += 1)
      for (const { links } of (this.items[this.#followed] as Reached).edges)
        for (const link of links) if ("item" in link) this.#add(link.item, this.#followed);
  }

  /** Adds what, when it is evaluated, may change something that is reached. */
  select(sequence: readonly Item[]): void {
    for (const item of sequence) {
      if (this.#indexes.has(keyOf(item))) continue;
      const whole = item.kind === "piece" ? this.#orWhole(item) : item;
      if (item.kind === "package" || this.#matters(item) || this.#runsText(whole)) this.#add(whole, undefined);
    }
  }

  /** Adds pieces that may throw when their module is evaluated: code that imports it by `import()` or `require` can see whether that succeeds. */
  selectFailing(sequence: readonly Item[]): void {
    for (const item of sequence) {
      const piece = this.#linker.piece(item);
      if (piece === undefined || piece.isPrimitive) continue;
      if (!piece.isFree || piece.uses.now.acts || piece.uses.now.looks) this.#add(this.#orWhole(item), undefined);
    }
  }

  /** True for a module with text that is run as code. */
  #runsText(item: Item): boolean {
    const file = item.kind === "whole" ? this.#linker.modules.load(item.path) : undefined;
    return file?.kind === "module" && file.code.pieces.some(({ uses }) => uses.runsText);
  }

  /** A piece, or its module where pieces cannot be told apart. */
  #orWhole(item: Item): Item {
    const file = this.#linker.modules.load(item.path);
    return file.kind === "module" && file.code.isWhole ? { kind: "whole", path: item.path } : item;
  }

  /** Where nothing has an effect on anything else, order does not matter. */
  order(sequence: readonly Item[]): readonly number[] {
    const reached = sequence.filter((item) => this.#indexes.has(keyOf(item)));
    const isActive = (item: Item): boolean => item.kind === "package" || this.#changesSomething(item);
    if (!reached.some(isActive)) return [];
    return reached.filter((item) => this.#linker.piece(item)?.isFree !== true).map(this.indexOf);
  }

  /** True once something is reached that has an effect on others. When it has that depends on modules that wait, too. */
  #hasOrder(): boolean {
    return this.items.some(({ item, via }) =>
      item.kind === "package" ? via === undefined : this.#changesSomething(item),
    );
  }

  #matters(item: Item): boolean {
    const { isGlobal, touched } = this.#impacts.of(item);
    const { awaits = false } = this.#linker.piece(item)?.uses.now ?? {};
    if (isGlobal || (awaits && this.#hasOrder())) return true;
    for (const key of touched) if (this.#indexes.has(key)) return true;
    return false;
  }

  #changesSomething(item: Item): boolean {
    const { isGlobal, touched } = this.#impacts.of(item);
    return isGlobal || touched.size > 0;
  }

  #add(item: Item, via: number | undefined): void {
    if (this.#indexes.has(keyOf(item))) return;
    this.#push({ item, piece: this.#linker.piece(item), via }, this.#linker.linked(item));
  }

  #push(reached: Omit<Reached, "edges">, { edges, trace, evaluates }: Linked): void {
    this.#indexes.set(keyOf(reached.item), this.items.length);
    this.items.push({ ...reached, edges });
    this.trace.addAll(trace);
    for (const path of evaluates) this.evaluates.add(path);
  }
}
