import { existsSync, type FSWatcher, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeOwnDirectory } from "../files/own-files.ts";

/** How long the event of a cookie may take before it counts as lost, in milliseconds. */
const LONGEST = 1000;

/**
 * Finds out when all earlier changes of files have been reported, by writing a file and awaiting its event.
 *
 * This holds on Linux alone: all `fs.watch` of a process share the one inotify instance of its event loop (libuv has
 * one descriptor a loop, and a test counts it), the kernel queues an event within the call that causes it, and gives
 * the queue in order. So every event queued before the cookie's, for any directory, is delivered before it.
 */
export class Cookies {
  readonly #directory: string;
  readonly #awaited = new Map<string, (came: boolean) => void>();
  #watcher: FSWatcher | undefined;
  #count = 0;

  /** @param directory Absolute; created on demand in an existing one. Only cookies are written there. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** `lost`: other events may be lost, too. `none`: no cookie could be written or awaited, which proves nothing. */
  async next(): Promise<"came" | "lost" | "none"> {
    this.#count += 1;
    const name = `${process.pid}-${this.#count}`;
    const path = join(this.#directory, name);
    try {
      this.#watch();
      const came = new Promise<boolean>((resolve) => this.#awaited.set(name, resolve));
      writeFileSync(path, "", { mode: 0o600 });
      if (!(await this.#within(name, came))) {
        this.#forget();
        return "lost";
      }
      // Lets a watcher that collects events until the end of a turn report them first.
      await turn();
      return "came";
    } catch {
      this.#forget();
      return "none";
    } finally {
      this.#awaited.delete(name);
      rmSync(path, { force: true });
    }
  }

  close(): void {
    this.#forget();
    for (const resolve of this.#awaited.values()) resolve(false);
  }

  #watch(): void {
    if (this.#watcher !== undefined) return;
    if (!existsSync(this.#directory)) makeOwnDirectory(this.#directory);
    const watcher = watch(this.#directory, (_, name) => this.#awaited.get(name ?? "")?.(true));
    watcher.on("error", () => this.#forget());
    this.#watcher = watcher;
  }

  async #within(name: string, came: Promise<boolean>): Promise<boolean> {
    // After a stall the timer is due before the event is read, which takes a turn.
    const late = (): void => void turn().then(() => this.#awaited.get(name)?.(false));
    const timer = setTimeout(late, LONGEST);
    try {
      return await came;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes the watcher, as its directory may have been replaced; the next cookie opens a new one. */
  #forget(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}

/** Resolves after a whole turn of the event loop, in which pending events are read. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
