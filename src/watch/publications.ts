import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CachedGraph } from "../graph/cached.ts";
import { Notices } from "../host/events/notices.ts";
import { objectName, parseName } from "../model/object-name.ts";
import { NOTIFY, type Store } from "../store/store.ts";

/** Tells when somebody has published what a pipeline reads, between its runs and during them. */
export class Publications {
  readonly #directory: string;
  readonly #signal: AbortSignal;
  /** The store as the last run left it. */
  #generation = "";
  /** The versions that the run which goes on began with. */
  #objects: string | undefined;
  #notices: Notices | undefined;

  /** @param directory The store's, absolute. @param signal Ends the following. */
  constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory;
    this.#signal = signal;
  }

  /** Gives what was published since the run before, as `rates@2`. */
  runBegins(store: Store, cached: CachedGraph): readonly string[] {
    const before = this.#objects;
    this.#objects = latestOf(store, cached);
    const known = new Set(before?.split("\n"));
    return before === undefined
      ? []
      : this.#objects.split("\n").filter((version) => version !== "" && !known.has(version));
  }

  /** True when something was published that the run did not begin with. */
  cameDuring(store: Store, cached: CachedGraph): boolean {
    return latestOf(store, cached) !== this.#objects;
  }

  /** The store is now what its user has seen. */
  seen(): void {
    this.#generation = this.#readGeneration();
  }

  /** From the first run on there is a store whose notices can be followed. @param onNotice Called when there is something new. */
  follow(onNotice: () => void): void {
    if (this.#notices !== undefined || this.#signal.aborted) return;
    const notices = new Notices(join(this.#directory, NOTIFY));
    this.#notices = notices;
    void (async () => {
      while (!this.#signal.aborted) {
        await notices.next(this.#signal);
        if (this.#readGeneration() !== this.#generation) onNotice();
      }
      notices.close();
    })();
  }

  #readGeneration(): string {
    try {
      return readFileSync(join(this.#directory, "generation"), "utf8");
    } catch {
      return "";
    }
  }
}

/** The latest versions of what a pipeline reads of published objects, as text to be compared. */
function latestOf(store: Store, { graph }: CachedGraph): string {
  if (graph.objects.length === 0) return "";
  const versions = store.latestOf(graph.objects.map(({ name }) => objectName("object", name)));
  return versions.map(({ name, n }) => `${parseName(name).id}@${n}`).join("\n");
}
