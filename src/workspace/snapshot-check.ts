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
  readonly header: SnapshotHeader;
  readonly snapshot: Snapshot;
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
    this.header = header;
    this.snapshot = snapshot;
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
    return this.currentSince() !== undefined;
  }

  /** The file system's clock, in nanoseconds; undefined: not current. */
  currentSince(): bigint | undefined {
    if (this.header.generation !== readGeneration(this.#directory)) return undefined;
    const now = fileClock(join(this.#directory, "clock")).tick();
    return now >= this.#index.tick ? now : undefined;
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

  /**
   * Looks at all that a selection rests on.
   * @param since The file system's clock before the first look, in nanoseconds.
   */
  look(selection: Selection, since: bigint): OpeningLook {
    const same = new Uint8Array(this.#index.count);
    const moved: string[] = [];
    for (let at = selection.from; at < selection.to; at += 1) {
      const id = this.ids[at] as number;
      if (this.#looksReadable(id)) same[id] = 1;
      else moved.push(this.path(id));
    }
    return { snapshot: this.snapshot, selection, same, moved, isStillAbsent: this.isStillAbsent(selection), since };
  }

  /** What can no longer be examined is something else. */
  #looksReadable(id: number): boolean {
    try {
      return this.looksSame(id);
    } catch {
      return false;
    }
  }
}

/** What a run saw before it took the lease, of all that made everything fresh when the same was asked for last. */
export interface OpeningLook {
  readonly snapshot: Snapshot;
  readonly selection: Selection;
  /** By id of the snapshot's index: 1 for a path that looks the same. */
  readonly same: Uint8Array;
  /** Paths that do not look the same, or are gone. */
  readonly moved: readonly string[];
  /** False when something has come where nothing was. */
  readonly isStillAbsent: boolean;
  /** The file system's clock before the first look, in nanoseconds. */
  readonly since: bigint;
}

/** Undefined: there is no snapshot, or none that this version of inc wrote. */
export function readSnapshotCheck(workspace: string, directory: string): SnapshotCheck | undefined {
  const snapshot = readSnapshot(join(directory, "snapshot"), VERSION);
  return snapshot === undefined ? undefined : new SnapshotCheck(workspace, directory, snapshot);
}
