import { join } from "node:path";
import { readsOf } from "../../graph/reads.ts";
import type { Version } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { objectName } from "../../model/object-name.ts";
import { workspacePath } from "../../model/path.ts";
import type { Store } from "../../store/store.ts";
import type { Workspace } from "../../workspace/workspace.ts";

/**
 * Published objects as one run sees them: all pinned at one moment, for all its rounds, so that no task reads two versions
 * of one object and no two tasks read different ones. A version published meanwhile counts from the next run on; or, where it
 * cancels attempts under watch, from the next round on, in which every task is decided anew.
 */
export class PinnedObjects {
  readonly #names: readonly string[];
  #versions: ReadonlyMap<string, Version> = new Map();
  /** Those that were pinned first. */
  readonly #begun: ReadonlyMap<string, Version>;

  constructor(store: Store, names: readonly string[]) {
    this.#names = names.map((name) => objectName("object", name));
    this.renew(store);
    this.#begun = this.#versions;
  }

  /** Pins what is the latest now. */
  renew(store: Store): void {
    this.#versions = new Map(store.latestOf(this.#names).map((version) => [version.name, version]));
  }

  /** Undefined: nothing was published yet. */
  version(name: string): Version | undefined {
    return this.#versions.get(objectName("object", name));
  }

  /** True for an object of which the version is pinned that was the latest when the run began. */
  isAsBegun(name: string): boolean {
    return this.version(name)?.n === this.#begun.get(objectName("object", name))?.n;
  }

  /** Names of the objects that some tasks read → number of the version that is pinned. */
  usedBy(readers: readonly Task[]): Readonly<Record<string, number>> {
    const read = readers.flatMap((reader) => readsOf(reader).objects);
    const used = read.flatMap(({ name }) => this.version(name) ?? []);
    return Object.fromEntries(used.map(({ name, n }) => [name, n]));
  }

  /** False once another version of any object is the latest. */
  areLatest(store: Store): boolean {
    return !isAnyReplaced(store, this.#versions, this.#names);
  }

  /**
   * Returns what tells at any later time whether these readers would get another version than is pinned now, also once
   * others are pinned.
   */
  replacement(store: Store, readers: readonly Task[]): () => boolean {
    const versions = this.#versions;
    const names = readers.flatMap((reader) => readsOf(reader).objects.map(({ name }) => objectName("object", name)));
    return () => {
      if (names.length > 0) store.refresh();
      return isAnyReplaced(store, versions, names);
    };
  }
}

function isAnyReplaced(store: Store, versions: ReadonlyMap<string, Version>, names: readonly string[]): boolean {
  return names.some((name) => store.history.latest(name)?.n !== versions.get(name)?.n);
}

const PLAIN = /^[\w][\w.-]{0,99}$/;

/** Where a task finds its private copy. It is part of the command, so all versions have the same path. */
export function pathOfObject(workspace: Workspace, name: string): string {
  const file = PLAIN.test(name) ? name : workspace.hasher.digest(name).slice(0, 32);
  return workspacePath(workspace.root, join(workspace.directory, "objects", file));
}
