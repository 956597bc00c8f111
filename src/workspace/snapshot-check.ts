import { isAbsolute, join } from "node:path";
import { type PackedIndex, unpackIndex } from "../files/pack.ts";
import { fileClock } from "../host/files/clock.ts";
import { realFiles } from "../host/files/files.ts";
import { VERSION } from "../host/inc-version.ts";
import { readGeneration } from "../store/generation.ts";
import { type AskedRequest, sameRequest } from "./request.ts";
import { readSnapshot, type Selection, type Snapshot, type SnapshotHeader } from "./snapshot.ts";

/**
 * Whether what a snapshot says still holds. A run looks at all of it at once; a watch looks at each path once, and
 * again when it changed. What they ask of a path, of the store and of the clock is the same.
 */
export class SnapshotCheck {
  readonly snapshot: Snapshot;
  readonly header: SnapshotHeader;
  /** Ids of all paths that have to look the same, by selections. */
  readonly ids: Uint32Array;
  readonly #workspace: string;
  readonly #directory: string;
  readonly #index: PackedIndex;

  /**
   * @param workspace Absolute.
   * @param directory The store's, absolute.
   */
  constructor(workspace: string, directory: string, snapshot: Snapshot) {
    const { header, checks, index } = snapshot;
    this.snapshot = snapshot;
    this.header = header;
    this.ids = checks;
    this.#workspace = workspace;
    this.#directory = directory;
    this.#index = unpackIndex(index);
  }

  /** What was found fresh when the same was asked for; undefined: that is not known. */
  selectionFor(request: AskedRequest & Pick<SnapshotHeader, "workspace" | "manifest">): Selection | undefined {
    const { manifest, workspace, selections } = this.header;
    if (manifest !== request.manifest || workspace !== request.workspace) return undefined;
    return selections.find((candidate) => sameRequest(candidate, request));
  }

  /** False after any later commit, and after the clock went back, which makes every time in the index worthless. */
  isCurrent(): boolean {
    return (
      this.header.generation === readGeneration(this.#directory) &&
      fileClock(join(this.#directory, "clock")).tick() >= this.#index.tick
    );
  }

  /** As the index names it: relative to the workspace, or absolute outside of it. */
  path(id: number): string {
    return this.#index.path(id);
  }

  absolute(path: string): string {
    return isAbsolute(path) ? path : `${this.#workspace}/${path}`;
  }

  /** True when a path looks as it did, and was not changed in the very tick in which it was read. */
  looksSame(id: number): boolean {
    const stat = realFiles.stat(this.absolute(this.path(id)));
    return stat !== undefined && this.#index.trusted(id) && this.#index.matches(id, stat);
  }

  /** True while nothing has come where nothing was. */
  isStillAbsent({ absent }: Selection): boolean {
    return absent.every((path) => realFiles.stat(path) === undefined);
  }

  /** True when all that a selection rests on looks the same. */
  holds(selection: Selection): boolean {
    for (let at = selection.from; at < selection.to; at += 1) if (!this.looksSame(this.ids[at] as number)) return false;
    return this.isStillAbsent(selection);
  }
}

/** Undefined: there is no snapshot, or none that this version of inc wrote. */
export function readSnapshotCheck(workspace: string, directory: string): SnapshotCheck | undefined {
  const snapshot = readSnapshot(join(directory, "snapshot"), VERSION);
  return snapshot === undefined ? undefined : new SnapshotCheck(workspace, directory, snapshot);
}
