import { join } from "node:path";
import type { CachedGraph } from "../graph/cached.ts";
import { Notices } from "../host/events/notices.ts";
import type { Graph } from "../model/graph.ts";
import { objectName } from "../model/object-name.ts";
import { readGeneration } from "../store/generation.ts";
import { NOTIFY_FILE, type Store } from "../store/store.ts";

/** Notices when a version that the pipeline reads is published, between its runs and during them. */
export class Publications {
  readonly #directory: string;
  readonly #signal: AbortSignal;
  /** The generation that the store had when watch last looked at it; empty: there was no store yet. */
  #generation = "";
  /** The run that goes on, with the latest versions that were noticed: name → number. */
  #run: { readonly store: Store; readonly graph: Graph; versions: ReadonlyMap<string, number> } | undefined;
  /** The versions with which the latest run began: name → number. */
  #began: ReadonlyMap<string, number> | undefined;
  #notices: Notices | undefined;

  /** @param directory The store's, absolute. @param signal Ends `follow`. */
  constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory;
    this.#signal = signal;
  }

  /** A run begins. Returns the versions published since the run before, as `rates@2`. */
  runBegins(store: Store, { graph }: CachedGraph): readonly string[] {
    const versions = latestOf(store, graph);
    const before = this.#began;
    this.#run = { store, graph, versions };
    this.#began = versions;
    if (before === undefined) return [];
    return [...versions].filter(([name, n]) => before.get(name) !== n).map(([name, n]) => `${name}@${n}`);
  }

  /** True when an object got a new version since the run began, or since the last call. */
  cameDuring(): boolean {
    if (this.#run === undefined) return false;
    const { store, graph, versions } = this.#run;
    const latest = latestOf(store, graph);
    this.#run.versions = latest;
    return graph.objects.some(({ name }) => latest.get(name) !== versions.get(name));
  }

  /** The run has ended, and lets go of its store. True when a version came during it; what is published from now on is noticed later. */
  runEnds(): boolean {
    if (this.#run === undefined) return false;
    const { store } = this.#run;
    // Before the versions are read: a publication in between changes the generation once more.
    store.refresh();
    const { generation } = store;
    const came = this.cameDuring();
    this.#generation = generation;
    this.#run = undefined;
    return came;
  }

  /** The store is closed, also after a run that never came to its end. */
  closed(): void {
    if (this.#run !== undefined) this.seen();
    this.#run = undefined;
  }

  /** True when the store was written to since watch last looked at it. */
  get isBehind(): boolean {
    return readGeneration(this.#directory) !== this.#generation;
  }

  /** Watch looks at the store as it is now. */
  seen(): void {
    this.#generation = readGeneration(this.#directory);
  }

  /**
   * Follows the notices of the store, which exists from the first run on.
   * @param onNotice Called for each new generation.
   */
  follow(onNotice: () => void): void {
    if (this.#notices !== undefined || this.#signal.aborted) return;
    const notices = new Notices(join(this.#directory, NOTIFY_FILE));
    this.#notices = notices;
    void (async () => {
      while (!this.#signal.aborted) {
        await notices.next(this.#signal);
        if (this.isBehind) onNotice();
      }
      notices.close();
    })();
  }
}

/** The latest versions of the published objects that a pipeline reads: name → number. */
function latestOf(store: Store, { objects }: Graph): ReadonlyMap<string, number> {
  if (objects.length === 0) return new Map();
  const names = new Map(objects.map(({ name }) => [objectName("object", name), name]));
  return new Map(store.latestOf([...names.keys()]).map(({ name, n }) => [names.get(name) ?? name, n]));
}
