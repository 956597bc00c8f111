import type { Piece } from "../module/module-code.ts";
import { type Item, Trace } from "./item.ts";
import type { Linker } from "./linker.ts";

/** What loading a module evaluates, in order: pieces of modules, and packages that are imported for what loading them does. */
export interface Sequence {
  readonly items: readonly Item[];
  readonly trace: Trace;
}

/** @param root Absolute path of a module. */
export function sequenceOf(root: string, linker: Linker): Sequence {
  const evaluation = new Evaluation(linker);
  evaluation.visit(root);
  return evaluation;
}

class Evaluation implements Sequence {
  readonly items: Item[] = [];
  readonly trace = new Trace();
  readonly #linker: Linker;
  readonly #visited = new Set<string>();

  constructor(linker: Linker) {
    this.#linker = linker;
  }

  visit(path: string): void {
    if (this.#visited.has(path)) return;
    this.#visited.add(path);
    const file = this.#linker.modules.load(path);
    this.trace.use(path);
    if (file.kind === "data") return;
    const { requests, pieces, isScript } = file.code;
    for (const { text, isBare } of requests) {
      const target = this.#linker.names.target(text, path, "import", this.trace);
      if (target.kind === "file") this.visit(target.path);
      else if (isBare && target.kind === "package") this.items.push({ kind: "package", path: target.directory });
    }
    // What a script requires is evaluated before what follows, and a module may be imported at any time.
    if (isScript) this.#asked(path, pieces);
    for (const index of pieces.keys()) this.items.push({ kind: "piece", path, index });
    this.#asked(path, pieces);
  }

  #asked(path: string, pieces: readonly Piece[]): void {
    for (const { uses } of pieces)
      for (const request of uses.requests)
        for (const { target } of this.#linker.targets(request, path, this.trace))
          if (target.kind === "file") this.visit(target.path);
  }
}
