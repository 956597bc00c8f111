import type { FileClock, FileStat } from "../host/files/host.ts";
import { pause } from "../host/pause.ts";

/** Ticks of the kernel's coarse clock are at most this far apart, in nanoseconds. */
export const COARSEST_TICK = 10_000_000n;
const WAIT_ROUNDS = 30;

/**
 * Git's racy rule: a file that changed in the same tick in which it was read may change again without its times
 * telling. So what was read is trusted only if reading began at a tick strictly later than the file's last change, both
 * by the file system's own clock. A tick that was taken earlier than needed only makes it more careful.
 */
export class RacyClock {
  readonly #clock: FileClock;
  readonly #before: bigint;
  #tick: bigint | undefined;
  #taken = 0;

  /** @param before The greatest tick of earlier runs. */
  constructor(clock: FileClock, before: bigint) {
    this.#clock = clock;
    this.#before = before;
  }

  /** The clock shows less than it once did: nothing that was recorded by it can be trusted. */
  get wentBack(): boolean {
    return this.#current() < this.#before;
  }

  /** The greatest tick seen, which goes into the packed index. */
  get latest(): bigint {
    const now = this.#current();
    return this.wentBack ? now : later(now, this.#before);
  }

  /** True when the clock is, now and before the file is read, later than its last change. */
  after(stat: FileStat): boolean {
    if (wasSettled(stat, this.#current())) return true;
    if (performance.now() - this.#taken < 1) return false;
    this.#take();
    return wasSettled(stat, this.#current());
  }

  /**
   * Waits a few ticks, until it is later than these changed, where times are as fine as its own. False: all of them lie in the future, or may.
   */
  waitBeyond(stats: readonly FileStat[]): boolean {
    const changes = stats.map(lastChange);
    const latest = changes.reduce((max, change) => (grainOf(change) < COARSEST_TICK ? later(max, change) : max), 0n);
    for (let round = 0; round < WAIT_ROUNDS; round += 1) {
      this.#take();
      if (this.#current() > latest) break;
      if (latest - this.#current() > COARSEST_TICK) break;
      pause(1);
    }
    return changes.some((change) => isBefore(change, this.#current()));
  }

  #current(): bigint {
    if (this.#tick === undefined) this.#take();
    return this.#tick as bigint;
  }

  #take(): void {
    this.#tick = this.#clock.tick();
    this.#taken = performance.now();
  }
}

/** What file systems count time in, in nanoseconds: FAT; ext2, HFS+, NFS; exFAT; some in user space; UDF and old network protocols; NTFS, SMB. */
const GRAINS = [2_000_000_000n, 1_000_000_000n, 10_000_000n, 1_000_000n, 1_000n, 100n] as const;

/** In nanoseconds, the coarsest unit in which a time may have been noted; 1: as fine as the kernel's own. */
function grainOf(time: bigint): bigint {
  // The smallest divides the others, and most times by none.
  if (time % 100n !== 0n) return 1n;
  return GRAINS.find((grain) => time % grain === 0n) as bigint;
}

/**
 * True when all that is written from a tick on has a later time than a change had. The clock may be finer than the file system of the
 * changed file, which is perhaps another one: there, what is written after the tick may bear the beginning of the second that it is in.
 */
export function isBefore(change: bigint, tick: bigint): boolean {
  if (change >= tick) return false;
  const grain = grainOf(change);
  return grain === 1n || change < tick - (tick % grain);
}

/** True when a file was changed last before a tick. */
export function wasSettled(stat: FileStat, tick: bigint): boolean {
  return isBefore(lastChange(stat), tick);
}

function lastChange(stat: FileStat): bigint {
  return later(stat.mtime, stat.ctime);
}

/** Math.max takes no bigint. */
function later(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

/** What `lstat` says is the same. The device does not count: its number may change when a machine restarts. */
export function sameStat(a: FileStat, b: FileStat): boolean {
  return (
    a.mtime === b.mtime &&
    a.ctime === b.ctime &&
    a.size === b.size &&
    a.inode === b.inode &&
    a.mode === b.mode &&
    a.type === b.type
  );
}
