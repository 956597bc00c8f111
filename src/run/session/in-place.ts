import { isMutated, worksInPlace } from "../../graph/mutations.ts";
import type { Task } from "../../model/graph.ts";
import { type Identity, sameIdentity } from "../../model/identity.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import type { RunPins } from "../decide/pins.ts";

/**
 * The state in which tasks that work in place (`worksInPlace`) left their files. Such a task runs once in each run, and again
 * only if one of these files is edited afterwards.
 */
export class InPlaceWork {
  readonly #workspace: Workspace;
  /** Task → path → what it left there; undefined: nothing. */
  readonly #left = new Map<string, Map<string, Identity | undefined>>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** @param mutated The files that the task changed, of those that were pinned. */
  ended(task: Task, pins: RunPins, mutated: readonly string[]): void {
    const now = new Map(mutated.flatMap((path) => this.#fileAt(path)));
    // What a later task changes in the same files is no edit.
    for (const left of this.#left.values())
      for (const [path, identity] of now) if (left.has(path)) left.set(path, identity);
    if (!worksInPlace(task)) return;
    const covered = pins.readBy(task).filter((path) => isMutated(task, path));
    const changed = new Set(mutated);
    const unchanged = covered.filter((path) => !changed.has(path));
    this.#left.set(task.id, new Map([...unchanged.map((path) => [path, pins.identify(path)] as const), ...now]));
  }

  /** False when a file that the task left is another by now. */
  holds(task: Task, pins: RunPins): boolean {
    const left = this.#left.get(task.id) ?? new Map<string, Identity | undefined>();
    return [...left].every(([path, identity]) => sameIdentity(pins.identify(path), identity));
  }

  /** The path with its current identity. Only files and absent paths are compared; others have no entry. */
  #fileAt(path: string): readonly (readonly [string, Identity | undefined])[] {
    const absolute = this.#workspace.absolute(path);
    const { files } = this.#workspace;
    const stat = files.stat(absolute);
    if (stat === undefined) return [[path, undefined]];
    if (stat.type !== "file") return [];
    return [[path, { type: "file", digest: files.digest(absolute), executable: (stat.mode & 0o100) !== 0 }]];
  }
}
