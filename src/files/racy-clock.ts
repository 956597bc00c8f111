import type { FileClock, FileStat } from "../host/files/host.ts";

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
    const changed = lastChange(stat);
    if (this.#current() > changed) return true;
    if (performance.now() - this.#taken < 1) return false;
    this.#take();
    return this.#current() > changed;
  }

  /** Waits a few ticks, until it is later than all of these changed. False: they lie in the future. */
  waitBeyond(stats: readonly FileStat[]): boolean {
    const latest = stats.reduce((max, stat) => later(max, lastChange(stat)), 0n);
    for (let round = 0; round < WAIT_ROUNDS; round += 1) {
      this.#take();
      if (this.#current() > latest) return true;
      if (latest - this.#current() > COARSEST_TICK) break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
    return stats.some((stat) => lastChange(stat) < this.#current());
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
