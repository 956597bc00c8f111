import type { Owned } from "../model/entry.ts";
import type { Graph } from "../model/graph.ts";
import type { Store } from "../store/store.ts";

/** What inc wrote where, as of now: the store's ledger with what this run has queued on top. */
export class Ledger {
  readonly #owned: Map<string, Owned>;
  #stale: { readonly graph: Graph; readonly owned: readonly Owned[] } | undefined;

  constructor(store: Store) {
    this.#owned = new Map(store.allOwned().map((owned) => [owned.path, owned]));
  }

  get(path: string): Owned | undefined {
    return this.#owned.get(path);
  }

  set(owned: Owned): void {
    this.#owned.set(owned.path, owned);
  }

  delete(path: string): void {
    this.#owned.delete(path);
  }

  /** What tasks of a manifest wrote and no task of the graph makes any more. */
  stale(graph: Graph): readonly Owned[] {
    if (this.#stale?.graph !== graph) {
      const declared = new Set(graph.tasks.flatMap((task) => task.outputs.map((output) => output.path)));
      const owned = this.of(graph.manifest).filter(({ path }) => !declared.has(path));
      this.#stale = { graph, owned };
    }
    // Nothing becomes stale as long as the graph is the same one.
    return this.#stale.owned.filter((owned) => this.#owned.get(owned.path) === owned);
  }

  of(manifest: string): readonly Owned[] {
    return [...this.#owned.values()].filter((owned) => owned.manifest === manifest);
  }

  /** Paths that a glob never matches: what tasks of the graph make, what the ledger owns, and all inside of those. */
  claims(tasks: Graph["tasks"]): Claims {
    const claims = new Claims();
    for (const task of tasks) {
      for (const output of task.outputs) claims.add(output.path, output.type === "directory");
      for (const { path } of task.depfiles) claims.add(path, false);
    }
    for (const owned of this.#owned.values()) claims.add(owned.path, owned.identity.type === "directory");
    return claims;
  }
}

/** A set of paths, and of directories with all that is in them. */
export class Claims {
  readonly #paths = new Set<string>();
  readonly #directories = new Set<string>();

  add(path: string, directory: boolean): void {
    this.#paths.add(path);
    if (directory) this.#directories.add(path);
  }

  equals(other: Claims): boolean {
    return isSame(this.#paths, other.#paths) && isSame(this.#directories, other.#directories);
  }

  has(path: string): boolean {
    if (this.#paths.has(path)) return true;
    if (this.#directories.size === 0) return false;
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1))
      if (this.#directories.has(path.slice(0, slash))) return true;
    return false;
  }
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a === b || (a.size === b.size && [...a].every((path) => b.has(path)));
}
