import { dirname } from "node:path";

/** A set of paths that knows which of them are below a directory, without going through all of them. */
export class PathTree {
  /** What is directly in each directory on the way to a path, as whole paths. */
  readonly #inside = new Map<string, Set<string>>();

  add(path: string): void {
    for (let below = path, above = dirname(path); below !== above; below = above, above = dirname(above)) {
      const inside = this.#inside.get(above);
      if (inside !== undefined) {
        inside.add(below);
        return;
      }
      this.#inside.set(above, new Set([below]));
    }
  }

  /** Every path below a directory, and every directory on the way to one. */
  *below(directory: string): IterableIterator<string> {
    const open = [...(this.#inside.get(directory) ?? [])];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      yield path;
      open.push(...(this.#inside.get(path) ?? []));
    }
  }
}
