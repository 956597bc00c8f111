import { isAbsolute, join } from "node:path";
import { hasChangedSince, isAnyWayMovedSince } from "../files/changed-since.ts";
import { Disk } from "../files/disk.ts";
import { lookAt, looksSame } from "../files/look.ts";
import { type IndexRecord, type PackedIndex, unpackIndex } from "../files/packed/pack.ts";
import { wasSettled } from "../files/racy-clock.ts";
import { fileClock } from "../host/files/clock.ts";
import { realFiles } from "../host/files/files.ts";
import { VERSION } from "../host/inc-version.ts";
import { pause } from "../host/pause.ts";
import { holdsRecords, readGeneration } from "../store/generation.ts";
import { type AskedRequest, type AskedSharing, sameRequest, sharingDigest } from "./request.ts";
import { readSnapshot, type Selection, type Snapshot, type SnapshotHeader, writeSnapshot } from "./snapshot.ts";

/** More files, or larger ones, are read by a full run, which notes how they look now. */
const MOST_TOUCHED = 16;
const LARGEST_TOUCHED = 1024 * 1024;
/** How often absent paths are looked at, while their directories change: ticks of the kernel's clock are up to 10 ms apart. */
const MOST_LOOKS = 12;

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
  readonly #disk: Disk;

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
    this.#disk = new Disk(workspace, realFiles);
  }

  /** What was found fresh when the same was asked for; undefined: that is not known. */
  selectionFor(
    request: AskedRequest & AskedSharing & Pick<SnapshotHeader, "workspace" | "manifest" | "machine">,
  ): Selection | undefined {
    const { manifest, workspace, machine, selections } = this.header;
    if (manifest !== request.manifest || workspace !== request.workspace) return undefined;
    if (machine !== request.machine) return undefined;
    return selections.find(
      (candidate) =>
        sameRequest(candidate, request) &&
        (candidate.sharing === undefined || candidate.sharing === sharingDigest(this.header, request)),
    );
  }

  /** False after any later commit, without the records of results, and after the clock went back, which makes every time in the index worthless. */
  isCurrent(): boolean {
    return this.currentSince() !== undefined;
  }

  /** The file system's clock, in nanoseconds; undefined: not current. */
  currentSince(): bigint | undefined {
    if (this.header.generation !== readGeneration(this.#directory) || !holdsRecords(this.#directory)) return undefined;
    const now = this.#tick();
    return now >= this.#index.tick ? now : undefined;
  }

  #tick(): bigint {
    return fileClock(join(this.#directory, "clock")).tick();
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
    return looksSame(this.#index, id, this.absolute(this.path(id)));
  }

  /**
   * A moment at which nothing was at any of the paths where nothing is to be, by the file system's clock; undefined: something is there,
   * or may have been. A path that is absent now has no time that tells since when, but the directory that would hold it has.
   * @param since The clock before, in nanoseconds.
   */
  absentSince({ absent }: Selection, since: bigint): bigint | undefined {
    const examined = { there: [], absent };
    for (let moment = since, left = MOST_LOOKS; left > 0; left -= 1, moment = this.#tick()) {
      if (absent.some((path) => realFiles.stat(path) !== undefined)) return undefined;
      if (!hasChangedSince(moment, examined, this.#disk)) return moment;
      // The clock goes on meanwhile.
      pause(1);
    }
    return undefined;
  }

  /**
   * Looks at all that a selection rests on. First at what is absent: what looks as it did after that did so at that moment, too.
   * @param began The file system's clock before the first look, in nanoseconds.
   */
  look(selection: Selection, began: bigint): OpeningLook {
    const absentSince = this.absentSince(selection, began);
    const since = absentSince ?? began;
    const ids = this.ids.subarray(selection.from, selection.to);
    const same = lookAt(this.#index, ids, this.#workspace);
    const moved: string[] = [];
    for (const id of ids) if (same[id] === 0) moved.push(this.path(id));
    const touched = this.#touchedAmong(moved, since);
    const isOfOneMoment = absentSince !== undefined && !isAnyWayMovedSince(since, this.#paths(ids), this.#disk);
    return { snapshot: this.snapshot, index: this.#index, selection, same, moved, touched, isOfOneMoment, since };
  }

  *#paths(ids: Uint32Array): IterableIterator<string> {
    for (const id of ids) yield this.path(id);
  }

  /**
   * True when all that differs is that a few files were touched: they have the content and mode that they had, and had it
   * before the look. The snapshot takes up how they look now.
   */
  settlesTouched({ moved, touched, since }: OpeningLook): boolean {
    if (moved.length === 0) return true;
    if (touched.size < moved.length || this.snapshot.isPartial) return false;
    try {
      this.#refresh(new Map([...touched].map(([path, record]) => [this.#index.id(path) as number, record])), since);
      return true;
    } catch {
      // Not to be written: a full run says more about it.
      return false;
    }
  }

  /** Records of the files among some paths that were only touched; none where there are so many paths that a full run had better look. */
  #touchedAmong(moved: readonly string[], since: bigint): ReadonlyMap<string, IndexRecord> {
    const touched = new Map<string, IndexRecord>();
    if (moved.length > MOST_TOUCHED) return touched;
    for (const path of moved) {
      const record = this.#touched(this.#index.id(path) as number, since);
      if (record !== undefined) touched.set(path, record);
    }
    return touched;
  }

  /** The record of a file with the content and mode that it had; undefined: it is something else, or cannot be read. */
  #touched(id: number, since: bigint): IndexRecord | undefined {
    try {
      const record = this.#index.record(id);
      const { stat: before, digest } = record;
      const path = this.absolute(record.path);
      const stat = realFiles.stat(path);
      const isAlike = stat?.type === "file" && stat.type === before.type && stat.size === before.size;
      if (!isAlike || stat.mode !== before.mode || stat.size > LARGEST_TOUCHED) return undefined;
      // The racy rule: it was changed last in a tick before the one in which it is read.
      return wasSettled(stat, since) && realFiles.digest(path) === digest
        ? { ...record, stat, trusted: true }
        : undefined;
    } catch {
      return undefined;
    }
  }

  /** Nothing else of the snapshot changes: if another process writes it at the same time, that one is as good or better. */
  #refresh(records: ReadonlyMap<number, IndexRecord>, since: bigint): void {
    const { header, checks, graphBytes } = this.snapshot;
    const index = this.#index.replace(records, since);
    const content = { header, checks, index, graph: graphBytes };
    writeSnapshot(join(this.#directory, "snapshot"), {
      ...content,
      origin: this.snapshot.origin(),
      fresh: this.snapshot.fresh(),
    });
  }
}

/** What a run saw before it took the lease, of all that made everything fresh when the same was asked for last. */
export interface OpeningLook {
  readonly snapshot: Snapshot;
  /** The snapshot's, unpacked. */
  readonly index: PackedIndex;
  readonly selection: Selection;
  /** By id of the index: 1 for a path that looks the same. */
  readonly same: Uint8Array;
  /** Paths that do not look the same, or are gone. */
  readonly moved: readonly string[];
  /** Those of them that are files with the content and mode that they had, with their records. */
  readonly touched: ReadonlyMap<string, IndexRecord>;
  /** False when what looks the same need not have been so at one moment, or something is where nothing was. */
  readonly isOfOneMoment: boolean;
  /** The file system's clock before the look at what is there, in nanoseconds. */
  readonly since: bigint;
}

/** Undefined: there is no snapshot, or none that this version of inc wrote. */
export function readSnapshotCheck(workspace: string, directory: string): SnapshotCheck | undefined {
  const snapshot = readSnapshot(join(directory, "snapshot"), VERSION);
  return snapshot === undefined ? undefined : new SnapshotCheck(workspace, directory, snapshot);
}
