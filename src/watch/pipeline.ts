import { graphOf } from "../access/graph.ts";
import { type Loaded, loadFrom } from "../access/pipeline.ts";
import type { CachedGraph } from "../graph/cached.ts";
import type { Result } from "../model/result.ts";
import type { RoundTasks } from "../run/session/options.ts";
import type { Open } from "../workspace/open-workspace.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { WatchListener, WatchOptions } from "./options.ts";
import { absent } from "./problems.ts";
import { Relevance } from "./relevance.ts";

/**
 * The pipeline as its manifest was last loaded. While the manifest is broken, the last graph that loaded stays in
 * use.
 */
export class WatchedPipeline {
  readonly #options: WatchOptions;
  readonly #listener: WatchListener;
  #good: CachedGraph | undefined;
  /** Identifies the problem with the manifest, so that it is reported once; empty: there is none. */
  #problem = "";
  #relevance: Relevance | undefined;

  constructor(options: WatchOptions, listener: WatchListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get isBroken(): boolean {
    return this.#problem !== "";
  }

  /** Undefined: no manifest was loaded yet. */
  get graph(): CachedGraph["graph"] | undefined {
    return this.#good?.graph;
  }

  /** True when a publication may concern it. */
  get readsObjects(): boolean {
    return (this.#good?.graph.objects.length ?? 0) > 0;
  }

  get relevance(): Relevance | undefined {
    return this.#relevance;
  }

  /** True when a change of a path may need a run. */
  concerns(path: string): boolean {
    if (this.#relevance === undefined) return true;
    return (this.isBroken && /\.([cm]?[jt]s|json)$/.test(path)) || this.#relevance.concerns(path);
  }

  /** The manifest was deleted. */
  missing(): void {
    this.#problem = this.#options.manifest;
    this.#listener.report([absent(this.#options.manifest)]);
  }

  /** The run goes on with this graph: units that became known meanwhile have inputs of their own. */
  expanded(workspace: Workspace, { cached, tasks }: RoundTasks): void {
    if (cached === this.#good) return;
    this.#good = cached;
    this.#relevance = new Relevance(workspace, cached);
    this.#listener.loaded(cached.graph, tasks);
  }

  /** Loads the manifest and calls `use` with it, or with the last graph that loaded. */
  async load<T>(open: Open, use: (loaded: Loaded) => Promise<Result<T>>): Promise<Result<T>> {
    const { manifest, params } = this.#options;
    const cached = await graphOf(open, { manifest, params });
    const loaded = cached.ok ? loadFrom(open, this.#options, cached.value) : cached;
    const problem = loaded.ok ? "" : JSON.stringify(loaded.diagnostics);
    const isReported = problem === this.#problem;
    this.#problem = problem;
    if (cached.ok && loaded.ok) this.#good = cached.value;
    if (this.#good === undefined) return loaded as Result<T>;
    this.#relevance = new Relevance(open.workspace, this.#good);
    if (loaded.ok) {
      this.#listener.loaded(loaded.value.graph, loaded.value.tasks);
      return use(loaded.value);
    }
    if (!isReported) this.#listener.report(loaded.diagnostics);
    const before = loadFrom(open, this.#options, this.#good);
    return before.ok ? use(before.value) : before;
  }
}
