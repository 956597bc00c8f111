import { join } from "node:path";
import type { CachedGraph } from "../graph/cached.ts";
import { Notices } from "../host/events/notices.ts";
import type { Graph } from "../model/graph.ts";
import { objectName } from "../model/object-name.ts";
import { readGeneration } from "../store/generation.ts";
import { NOTIFY, type Store } from "../store/store.ts";

/** Tells when somebody has published what a pipeline reads, between its runs and during them. */
export class Publications {
  readonly #directory: string;
  readonly #signal: AbortSignal;
  /** The store as the last run left it. */
  #generation = "";
  /** The run that goes on, with the versions that its user knows of: name → number. */
  #run: { readonly store: Store; readonly graph: Graph; versions: ReadonlyMap<string, number> } | undefined;
  /** The versions that the latest run began with: name → number. */
  #began: ReadonlyMap<string, number> | undefined;
  #notices: Notices | undefined;

  /** @param directory The store's, absolute. @param signal Ends the following. */
  constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory;
    this.#signal = signal;
  }

  /** Gives what was published since the run before, as `rates@2`. */
  runBegins(store: Store, { graph }: CachedGraph): readonly string[] {
    const versions = latestOf(store, graph);
    const before = this.#began;
    this.#run = { store, graph, versions };
    this.#began = versions;
    if (before === undefined) return [];
    return [...versions].filter(([name, n]) => before.get(name) !== n).map(([name, n]) => `${name}@${n}`);
  }

  /** Names of the objects of which a version was published since the run which goes on began, each version once. */
  cameDuring(): readonly string[] {
    if (this.#run === undefined) return [];
    const { store, graph, versions } = this.#run;
    const latest = latestOf(store, graph);
    this.#run.versions = latest;
    return graph.objects.map(({ name }) => name).filter((name) => latest.get(name) !== versions.get(name));
  }

  /** The same, of a run that has ended. Its store is used no more. */
  runEnds(): readonly string[] {
    const came = this.cameDuring();
    this.#run = undefined;
    return came;
  }

  /** The store is now what its user has seen. */
  seen(): void {
    this.#generation = readGeneration(this.#directory);
  }

  /** During the first run there is a store whose notices can be followed. @param onNotice Called when there is something new. */
  follow(onNotice: () => void): void {
    if (this.#notices !== undefined || this.#signal.aborted) return;
    const notices = new Notices(join(this.#directory, NOTIFY));
    this.#notices = notices;
    void (async () => {
      while (!this.#signal.aborted) {
        await notices.next(this.#signal);
        if (readGeneration(this.#directory) !== this.#generation) onNotice();
      }
      notices.close();
    })();
  }
}

/** The latest versions of what a pipeline reads of published objects. */
function latestOf(store: Store, { objects }: Graph): ReadonlyMap<string, number> {
  if (objects.length === 0) return new Map();
  const names = new Map(objects.map(({ name }) => [objectName("object", name), name]));
  return new Map(store.latestOf([...names.keys()]).map(({ name, n }) => [names.get(name) ?? name, n]));
}
