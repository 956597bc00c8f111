import { basename } from "node:path";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";
import { compareBytes } from "../../model/order.ts";
import { type Canonical, canonical } from "../canonical.ts";
import type { CodeEntry, CodePart, CodeSite, CodeSlice } from "./code-slice.ts";
import { functionAt } from "./entry.ts";
import { ENTRY, type Item, type Link } from "./link/item.ts";
import { Linker } from "./link/linker.ts";
import { type Reach, type Reached, ReachFinder } from "./link/reach.ts";
import { packageName, targetOf } from "./link/resolve.ts";
import { FileStates, memoryKey, type SliceMemory } from "./memory.ts";
import type { ModuleCode, Piece } from "./module/module-code.ts";
import { takeFunction } from "./module/take-apart.ts";
import { placeIn, problemOf } from "./problems.ts";
import { isFunction } from "./syntax/node.ts";

/** Apart from digests of other things, and of other formats. */
const FORMAT = "inc code 1";

/** Names of inc, as links tell them, by which a manifest asks for values; the last: it may ask for any of them. */
const ASKING = /^inc-run (?:(?:\*\.)?(?:each|env|list|param|read)|\*)$/;

/** Finds the code that functions reach. For one state of the files: it reads each but once. */
export class Slicer {
  readonly #site: CodeSite;
  readonly #linker: Linker;
  readonly #reach: ReachFinder;
  readonly #slices = new Map<string, CodeSlice | undefined>();
  readonly #memory: SliceMemory | undefined;
  readonly #states: FileStates;

  /** @param memory Slices that were found before. */
  constructor(site: CodeSite, memory?: SliceMemory) {
    this.#site = site;
    this.#memory = memory;
    this.#states = new FileStates(site.files);
    this.#linker = new Linker(site);
    this.#reach = new ReachFinder(this.#linker);
  }

  /** Undefined: there is no such function in the module as it is now. */
  slice(entry: CodeEntry): CodeSlice | undefined {
    const key = memoryKey(this.#site, entry);
    if (!this.#slices.has(key)) this.#slices.set(key, this.#remembered(key) ?? this.#find(key, entry));
    return this.#slices.get(key);
  }

  /**
   * True for a function of which each call is alike, however often and in whatever order it is called: it changes nothing around it.
   * False also where that is not known.
   */
  isIndependent({ module, line, column }: CodeEntry): boolean {
    const start = this.#code(module)?.lines[line];
    const piece = start === undefined ? undefined : this.#entryPiece(module, start + column);
    if (piece === undefined || targetOf(module).kind === "package") return false;
    // It may change a variable around it.
    return piece.uses.captured.length === 0 && this.#reach.changesNothing(piece, module);
  }

  #remembered(key: string): CodeSlice | undefined {
    const remembered = this.#memory?.get(key);
    return remembered !== undefined && this.#states.holds(remembered) ? remembered.slice : undefined;
  }

  #find(key: string, entry: CodeEntry): CodeSlice | undefined {
    const slice = this.#slice(entry);
    if (slice !== undefined) this.#memory?.set(key, this.#states.remember(slice));
    return slice;
  }

  /** Absolute paths of the modules that are evaluated with the manifest. */
  evaluated(): readonly string[] {
    return [...this.#reach.sequence(this.#site.manifest).trace.modules];
  }

  #slice({ module, line, column }: CodeEntry): CodeSlice | undefined {
    const code = this.#code(module);
    const start = code?.lines[line];
    if (code === undefined || start === undefined) return undefined;
    const piece = this.#entryPiece(module, start + column);
    if (piece === undefined) return undefined;
    const target = targetOf(module);
    const reach =
      target.kind === "package"
        ? this.#reach.inPackage(piece, module, target.directory)
        : this.#reach.from(piece, module, this.#site.manifest);
    return {
      digest: this.#digest(reach),
      packages: this.#packages(reach),
      modules: [...reach.trace.modules].sort(compareBytes),
      env: unique(reach, ({ uses }) => uses.env),
      captured: [...piece.uses.captured].sort(compareBytes),
      reads: [...reach.trace.reads].sort(compareBytes),
      absences: [...reach.trace.absences].sort(compareBytes),
      patterns: [...reach.trace.patterns].sort(compareBytes),
      asksInc: reach.items.some(asksInc),
      parts: reach.items.map((reached) => this.#part(reached)),
      problems: this.#problems(reach),
    };
  }

  #entryPiece(path: string, offset: number): Piece | undefined {
    const syntax = this.#linker.modules.syntax(path);
    const found = syntax && functionAt(syntax.program, offset);
    if (syntax === undefined || found === undefined) return undefined;
    const piece = takeFunction(syntax, found.node, this.#site.hasher);
    // Outside of functions and classes, `this` is always undefined in a module.
    const hasThis = found.around.some(
      (node) => (isFunction(node) && node.type !== "ArrowFunctionExpression") || node.type === "ClassBody",
    );
    const problems = piece.uses.problems.filter(({ kind }) => kind !== "captured-this" || hasThis);
    return { ...piece, uses: { ...piece.uses, problems } };
  }

  #digest({ items, order, indexOf }: Reach): Digest {
    const link = (one: Link): Canonical => ("text" in one ? one.text : [indexOf(one.item), one.as ?? null]);
    const encoded = items.map(({ item, piece, edges }) => [
      piece?.digest ?? this.#content(item),
      edges.map(({ label, links }) => [label, links.map(link)]),
    ]);
    return this.#site.hasher.digest(canonical([FORMAT, encoded, order]));
  }

  /** What an item is that is no piece of a module. */
  #content(item: Item): Digest {
    if (item.kind === "package") return this.#linker.packages.closure(item.path).digest;
    const file = this.#linker.modules.load(item.path);
    return file.kind === "data" ? file.digest : this.#site.hasher.digest(item.kind);
  }

  #packages({ items }: Reach): CodeSlice["packages"] {
    const all = items.flatMap(({ item }) =>
      item.kind === "package" ? this.#linker.packages.closure(item.path).packages : [],
    );
    const byText = new Map(all.map((one) => [`${one.name}@${one.version}`, one]));
    return [...byText].sort(([a], [b]) => compareBytes(a, b)).map(([, one]) => one);
  }

  #part({ item, piece, via }: Reached): CodePart {
    const code = piece && this.#code(item.path);
    const names = piece?.names ?? [basename(item.path)];
    return {
      kind: isEntry(item) ? "function" : item.kind === "package" ? "package" : piece === undefined ? "file" : "piece",
      names: item.kind === "package" ? [packageName(item.path)] : names,
      module: item.path,
      lines: code === undefined ? [1, 1] : linesOf(piece as Piece, code),
      digest: piece?.digest ?? this.#content(item),
      via,
    };
  }

  #problems({ items }: Reach): readonly Diagnostic[] {
    return items.flatMap(({ item, piece, via }) => {
      const isLoading = via === undefined && !(item.kind === "piece" && item.index === ENTRY);
      const code = piece && this.#code(item.path);
      return piece === undefined || code === undefined
        ? []
        : piece.uses.problems.map((problem) => problemOf(problem, item.path, code, isLoading));
    });
  }

  #code(path: string): ModuleCode | undefined {
    const file = this.#linker.modules.load(path);
    return file.kind === "module" ? file.code : undefined;
  }
}

/** True for code that gets values from inc, or from the environment, which its text does not tell. */
function asksInc({ item, piece, edges }: Reached): boolean {
  // The function itself has an environment of its own, whose variables count.
  if (piece?.uses.takesEnvironment === true && !isEntry(item)) return true;
  return edges.some(({ links }) => links.some((link) => "text" in link && ASKING.test(link.text)));
}

function isEntry(item: Item): boolean {
  return item.kind === "piece" && item.index === ENTRY;
}

function linesOf(piece: Piece, code: ModuleCode): readonly [number, number] {
  return [placeIn(code, piece.start).line, placeIn(code, piece.end - 1).line];
}

function unique({ items }: Reach, of: (piece: Piece) => readonly string[]): string[] {
  return [...new Set(items.flatMap(({ piece }) => (piece === undefined ? [] : of(piece))))].sort(compareBytes);
}
