import type { FileSet, Task } from "../../model/graph.ts";
import { ancestors, isWithinAny } from "../../model/path.ts";
import { readsOf } from "../reads.ts";
import { literalsOf } from "../resolve.ts";

/**
 * True when new tasks make what others make or read as a source, or the other way round: then something is declared wrongly, or
 * the elements are others. Whether each task is right in itself is known.
 */
export function disturbs(added: readonly Task[], kept: readonly Task[], sets: readonly FileSet[]): boolean {
  const made = new Places(added.flatMap(({ outputs }) => outputs.map(({ path }) => path)));
  const read = new Places(added.flatMap((task) => readsOf(task).sources.map(({ path }) => path)));
  return (
    kept.some(
      (task) =>
        task.outputs.some(({ path }) => made.meet(path) || read.areIn(path)) ||
        readsOf(task).sources.some(({ path }) => made.meet(path)),
    ) || sets.some((set) => literalsOf(set).some((path) => made.meet(path)))
  );
}

/** A few paths. */
class Places {
  readonly #paths: ReadonlySet<string>;
  readonly #above: ReadonlySet<string>;

  constructor(paths: readonly string[]) {
    this.#paths = new Set(paths);
    this.#above = new Set(paths.flatMap((path) => [...ancestors(path)]));
  }

  /** True when one of them is a path, or is inside of it. */
  areIn(path: string): boolean {
    return this.#paths.has(path) || this.#above.has(path);
  }

  /** True for one of them, and for what is inside of one or around one. */
  meet(path: string): boolean {
    return isWithinAny(path, this.#paths) || this.#above.has(path);
  }
}
