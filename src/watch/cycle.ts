import { existsSync } from "node:fs";
import type { Loaded } from "../access/pipeline.ts";
import { withWorkspace } from "../access/workspace.ts";
import type { WorkerPool } from "../execute/worker/pool.ts";
import type { Emit, Summary } from "../model/event.ts";
import type { Result } from "../model/result.ts";
import { prepareSending } from "../report/openlineage/prepare.ts";
import { runLoaded } from "../run/run.ts";
import { runShared } from "../run/run-shared.ts";
import type { RunOptions } from "../run/session/options.ts";
import type { Journal } from "../store/journal.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Aftermath } from "./aftermath.ts";
import type { ChangedPaths } from "./changed-paths.ts";
import type { LazyServices } from "./lazy-services.ts";
import type { Pending } from "./machine.ts";
import type { WatchListener, WatchOptions } from "./options.ts";
import type { OtherRuns } from "./other-runs.ts";
import type { WatchedPipeline } from "./pipeline.ts";
import type { Publications } from "./publications.ts";
import type { Replanner } from "./replanner.ts";
import type { WatchServer } from "./server/server.ts";

/** What the cycles of a watch share. */
export interface Shared {
  readonly options: WatchOptions;
  readonly listener: WatchListener;
  readonly workspace: Workspace;
  readonly changed: ChangedPaths;
  readonly pipeline: WatchedPipeline;
  readonly services: LazyServices;
  /** Warm processes for functions, from one run to the next. */
  readonly workers: WorkerPool;
  readonly replanner: Replanner;
  readonly publications: Publications;
  readonly otherRuns: OtherRuns;
  readonly aftermath: Aftermath;
  readonly server: WatchServer;
  /** Another process may have written to the store. */
  noticed(): void;
  /** A version that the pipeline reads was published during the run. */
  published(): void;
}

/** One run of watch, from a change to its summary. */
export class Cycle {
  readonly #shared: Shared;
  readonly #pending: Pending;
  readonly #cancel = new AbortController();

  constructor(shared: Shared, pending: Pending) {
    this.#shared = shared;
    this.#pending = pending;
  }

  cancel(): void {
    this.#cancel.abort();
  }

  async run(): Promise<void> {
    const { options, listener, pipeline, server, publications, aftermath, workspace } = this.#shared;
    aftermath.pause();
    if (this.#pending.retry) this.#startAfresh();
    listener.began(this.#pending);
    // Opening the store would create the directory of a workspace that was deleted.
    if (!existsSync(options.manifest)) {
      pipeline.missing();
      listener.ended(undefined);
      return;
    }
    const emit: Emit = (event) => listener.event(event);
    const { command, lockWait } = options;
    const lock = { command, lockWait, signal: this.#cancel.signal, emit };
    const result = await withWorkspace(workspace, lock, (open, journal) =>
      pipeline.load(open, (loaded) => this.#runLoaded(loaded, journal, emit)),
    ).finally(() => publications.closed());
    if (result !== "interrupted" && !result.ok) listener.report(result.diagnostics);
    await server.listen();
    const summary = result !== "interrupted" && result.ok ? result.value : undefined;
    // The last good graph may have run well, but not all is well while the manifest is broken.
    listener.ended(summary !== undefined && pipeline.isBroken ? { ...summary, exit: 2 } : summary);
    aftermath.begin();
  }

  /** A person asked for a run: watch tries again what failed, and trusts nothing that it knows from events. */
  #startAfresh(): void {
    this.#shared.replanner.resident.failed.clear();
    this.#shared.changed.forget();
  }

  async #runLoaded(loaded: Loaded, journal: Journal | undefined, emit: Emit): Promise<Result<Summary>> {
    const { options, listener, pipeline, publications, replanner, services, workers, otherRuns, server, aftermath } =
      this.#shared;
    const { store } = loaded;
    listener.published(publications.runBegins(store, loaded.cached));
    publications.follow(() => this.#shared.noticed());
    replanner.begin(loaded.tasks, this.#pending.paths);
    const places = await options.placesOf?.(loaded);
    if (places?.ok === false) return places;
    const runOptions: RunOptions = {
      ...options,
      ...places?.value,
      dry: false,
      force: this.#pending.force,
      signal: this.#cancel.signal,
      resident: replanner.resident,
      services: () => services.open(),
      workers,
      onRound: (round) => pipeline.expanded(loaded.workspace, round),
    };
    const [ran, warning] = await otherRuns.follow(store, emit, (emit) =>
      runShared(loaded, runOptions, emit, (shared) => runLoaded(loaded, journal, shared, emit)),
    );
    if (warning !== undefined) listener.report([warning]);
    server.ran(store.generation, store.history.latestRun());
    if (publications.runEnds()) this.#shared.published();
    if (ran.ok && !this.#cancel.signal.aborted) aftermath.send(await prepareSending(loaded, ran.value.run));
    return ran;
  }
}
