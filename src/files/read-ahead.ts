import type { FileReader, FileStat } from "../host/files/host.ts";
import { phase } from "../host/phases.ts";
import { defined } from "../model/defined.ts";
import type { Digest } from "../model/digest.ts";
import { type RacyClock, sameStat } from "./racy-clock.ts";

/** At 1 to 3 GB/s these bytes take a sixth to half a second. */
const AT_ONCE = 512 * 1024 * 1024;

/** Files of at most this many bytes are always digested in place: their bytes are held for the store. */
const ALWAYS_IN_PLACE = 65_536;

/** Thrown by a look that would have to digest more than may be digested at once. It has changed nothing. */
export class Unread extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`"${path}" is not digested yet`);
    this.path = path;
  }
}

/** What was read while the thread listened; without a digest: that was in vain. */
interface Ahead {
  readonly stat: FileStat;
  readonly digest?: Digest;
  readonly trusted: boolean;
}

/**
 * Keeps digesting from blocking the thread, which would not notice Ctrl-C while it reads 8 GiB. A look stays
 * synchronous; one that runs within `restartable` throws `Unread` when it comes to more than may be digested at once.
 * Its caller awaits `digest` for that file and begins the look again, which then finds the digest here.
 */
export class ReadAhead {
  readonly #files: FileReader;
  readonly #clock: RacyClock;
  readonly #absolute: (path: string) => string;
  readonly #ahead = new Map<string, Ahead>();
  #restartable = false;
  readonly #atOnce: number;
  #left: number;

  /** @param atOnce Bytes that may be digested before the thread has to listen again. */
  constructor(files: FileReader, clock: RacyClock, absolute: (path: string) => string, atOnce = AT_ONCE) {
    this.#files = files;
    this.#clock = clock;
    this.#absolute = absolute;
    this.#atOnce = atOnce;
    this.#left = atOnce;
  }

  /** @param look May be begun again at any time: it changes nothing but what is known of files. */
  restartable<T>(look: () => T): T {
    const before = this.#restartable;
    this.#restartable = true;
    try {
      return look();
    } finally {
      this.#restartable = before;
    }
  }

  /** Begins a restartable look again until it comes to its end. False: the signal was aborted before. */
  async finish(look: () => void, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      try {
        this.restartable(look);
        return true;
      } catch (error) {
        if (!(error instanceof Unread)) throw error;
        await this.digest(error, signal);
        if (signal.aborted) return false;
      }
    }
  }

  /**
   * The digest of a file that looks as it did when it was read; undefined: the caller digests it in place, as
   * it does for a file that keeps changing. Throws `Unread` when that would take too long.
   */
  take(path: string, stat: FileStat): Required<Ahead> | undefined {
    const ahead = this.#ahead.get(path);
    if (ahead !== undefined) {
      this.#ahead.delete(path);
      const { digest, trusted } = ahead;
      return digest !== undefined && sameStat(ahead.stat, stat) ? { stat, digest, trusted } : undefined;
    }
    if (!this.#restartable || stat.size <= ALWAYS_IN_PLACE) return undefined;
    if (stat.size > this.#left) throw new Unread(path);
    this.#left -= stat.size;
    return undefined;
  }

  /**
   * Takes over the digest of a file that inc wrote itself and gave a time before the file had its name. The kernel gives
   * every later write the same mtime as ctime: as long as these differ, and the time is the given one, nothing else has
   * written there. So, unlike what was read, it is trusted within the tick.
   * @param time In microseconds since the epoch.
   */
  know(path: string, digest: Digest, time: number): void {
    const stat = this.#files.stat(this.#absolute(path));
    if (stat?.type !== "file" || stat.mtime === stat.ctime) return;
    // Node gives the system a time in seconds, as a float.
    const isGiven = Math.abs(Number(stat.mtime - BigInt(time) * 1000n)) < 1000;
    if (isGiven) this.#ahead.set(path, { stat, digest, trusted: true });
  }

  /** Digests a file in another thread; gives up when the signal is aborted. */
  async digest({ path }: Pick<Unread, "path">, signal: AbortSignal): Promise<void> {
    const absolute = this.#absolute(path);
    await phase(
      "files",
      "digest",
      async () => {
        const stat = this.#files.stat(absolute);
        if (stat?.type !== "file") return;
        // As in place, the tick is taken before reading begins; for a file of this size it is worth a wait for the
        // next.
        const trusted = this.#clock.after(stat) || (this.#clock.waitBeyond([stat]) && this.#clock.after(stat));
        const digest = await this.#files.digestListening(absolute, signal).catch(() => undefined);
        if (!signal.aborted) this.#ahead.set(path, { stat, trusted, ...defined({ digest }) });
      },
      () => path,
    );
    this.#left = this.#atOnce;
  }
}
