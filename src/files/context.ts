import type { FileClock, FileReader, Hasher } from "../host/files/host.ts";
import type { Disk } from "./disk.ts";
import type { Epoch, Moment } from "./epoch.ts";
import type { IndexRecord, PackedIndex } from "./packed/pack.ts";
import type { RacyClock } from "./racy-clock.ts";
import type { ReadAhead } from "./read-ahead.ts";
import type { Unwatched } from "./unwatched.ts";
import type { Vouched } from "./vouched.ts";

/** A record with the moment at which its path was last examined. */
export interface Known extends IndexRecord {
  readonly seen: Moment;
  /**
   * When it was last seen to have other content than before; NEVER: it is as the packed index has it, which was
   * trusted.
   */
  readonly changed: Moment;
}

/** What an index is made of. */
export interface FileIndexOptions {
  /** Absolute path that relative ones are taken from. */
  readonly root: string;
  readonly files: FileReader;
  readonly clock: FileClock;
  readonly hasher: Hasher;
  /** What an earlier run knew. */
  readonly packed: PackedIndex;
  /** True for a directory of whose entries every change is given to `repin`; absent: there is no watcher. */
  readonly watched?: (directory: string) => boolean;
}

/** What all parts of an index share. */
export interface IndexContext {
  readonly disk: Disk;
  readonly clock: RacyClock;
  readonly epoch: Epoch;
  readonly unwatched: Unwatched;
  readonly ahead: ReadAhead;
  /** What an earlier run knew. */
  readonly packed: PackedIndex;
  readonly vouched: Vouched;
}
