import type { Relevance } from "./relevance.ts";

/** More paths than this are not kept: the end of the run sees to them. */
const MOST = 10_000;

/** What was edited while a run goes on, and is to be planned anew at once. Every edit counts once. */
export class Replanning {
  #told = new Set<string>();

  /** A run begins: it looks at what is there now. */
  begin(): void {
    this.#told.clear();
  }

  told(paths: readonly string[]): void {
    if (this.#told.size < MOST) for (const path of paths) this.#told.add(path);
  }

  /** Gives what was edited since it was asked last, and may change what some task does. */
  take(relevance: Relevance | undefined): readonly string[] {
    const told = this.#told;
    this.#told = new Set();
    return relevance === undefined ? [] : [...told].filter((path) => relevance.isEdited(path));
  }
}
