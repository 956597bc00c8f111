import { isAbsolute, join, relative } from "node:path";
import type { Version } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { objectName } from "../../model/object-name.ts";
import type { Store } from "../../store/store.ts";
import type { Workspace } from "../../workspace/workspace.ts";

/**
 * Published objects as one run sees them: all pinned at one moment, for all its rounds, so that no task reads two versions
 * of one object and no two tasks read different ones. What is published meanwhile is for the next run.
 */
export class PinnedObjects {
  readonly #names: readonly string[];
  readonly #versions: ReadonlyMap<string, Version>;

  constructor(store: Store, names: readonly string[]) {
    this.#names = names.map((name) => objectName("object", name));
    this.#versions = new Map(store.latestOf(this.#names).map((version) => [version.name, version]));
  }

  /** Undefined: nothing was published yet. */
  version(name: string): Version | undefined {
    return this.#versions.get(objectName("object", name));
  }

  /** Names of the objects that some tasks read → number of the version that is pinned. */
  usedBy(readers: readonly Task[]): Readonly<Record<string, number>> {
    const inputs = readers.flatMap((reader) => reader.inputs);
    const used = inputs.flatMap((input) => (input.kind === "object" ? (this.version(input.name) ?? []) : []));
    return Object.fromEntries(used.map(({ name, n }) => [name, n]));
  }

  /** False once another version of any of them is the latest. */
  areLatest(store: Store): boolean {
    return this.#names.every((name) => store.history.latest(name)?.n === this.#versions.get(name)?.n);
  }
}

const PLAIN = /^[\w][\w.-]{0,99}$/;

/** Where a task finds its private copy: one path for all versions, for it stands in the command. */
export function pathOfObject(workspace: Workspace, name: string): string {
  const file = PLAIN.test(name) ? name : workspace.hasher.digest(name).slice(0, 32);
  const inside = relative(workspace.root, join(workspace.directory, "objects", file));
  return inside.startsWith("..") || isAbsolute(inside) ? join(workspace.directory, "objects", file) : inside;
}
