import type { FileSet, Task } from "../../model/graph.ts";
import { ancestors, isWithinAny } from "../../model/path.ts";
import { readsOf } from "../reads.ts";
import { literalsOf } from "../resolve.ts";

/**
 * True when new tasks make what others make or read as a source, or the other way round: then something is declared wrongly, or
 * the elements are others. Whether each task is right in itself is known.
 */
export function disturbs(added: readonly Task[], kept: readonly Task[], sets: readonly FileSet[]): boolean {
  const made = new Places(kept.flatMap(({ outputs }) => outputs.map(({ path }) => path)));
  const read = new Places([
    ...kept.flatMap((task) => readsOf(task).sources.map(({ path }) => path)),
    ...sets.flatMap(literalsOf),
  ]);
  return added.some((task) => {
    const reads = readsOf(task).sources.some(({ path }) => made.covers(path));
    return reads || task.outputs.some(({ path }) => made.meets(path) || read.meets(path));
  });
}

class Places {
  readonly #paths: ReadonlySet<string>;
  readonly #above: Set<string>;

  constructor(paths: readonly string[]) {
    this.#paths = new Set(paths);
    this.#above = new Set();
    for (const path of this.#paths)
      for (const directory of ancestors(path)) {
        if (this.#above.has(directory)) break;
        this.#above.add(directory);
      }
  }

  /** True for one of the paths, and for what is inside of one. */
  covers(path: string): boolean {
    return this.#paths.has(path) || isWithinAny(path, this.#paths);
  }

  /** True also for what is around one. */
  meets(path: string): boolean {
    return this.covers(path) || this.#above.has(path);
  }
}
