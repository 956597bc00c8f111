import { dirname, join, relative } from "node:path";
import { WorkerPool } from "../execute/worker/pool.ts";
import type { Loss, TreeWatcher } from "../host/events/tree-watcher.ts";
import { watchTree } from "../host/events/watch-tree.ts";
import { OwnOutput } from "../host/files/own-output.ts";
import { phase } from "../host/phases.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { isWithin } from "../model/path.ts";
import { storeDirectory } from "../workspace/directory.ts";
import { Workspace } from "../workspace/workspace.ts";
import { Aftermath } from "./aftermath.ts";
import { ChangedPaths } from "./changed-paths.ts";
import { Cycle, type Shared } from "./cycle.ts";
import { LazyServices } from "./lazy-services.ts";
import { type Effect, INITIAL, type Input, type Pending, type State, step } from "./machine.ts";
import type { WatchListener, WatchOptions } from "./options.ts";
import { OtherRuns } from "./other-runs.ts";
import { WatchedPipeline } from "./pipeline.ts";
import { polling } from "./problems.ts";
import { Publications } from "./publications.ts";
import { Replanner } from "./replanner.ts";
import { WatchServer } from "./server/server.ts";

const NEVER = /(^|\/)(node_modules|\.git)(\/|$)/;

/** Runs a pipeline again whenever something that it depends on changes. The lease is held during runs only. */
export class Watch {
  readonly #stop = new AbortController();
  readonly #shared: Shared;
  /** The directory of the store, relative to the workspace. */
  readonly #storeDirectory: string;
  readonly #output = new OwnOutput();
  #state: State = INITIAL;
  #timer: NodeJS.Timeout | undefined;
  #tree: TreeWatcher | undefined;
  #cycle: Cycle | undefined;
  /** True from the beginning of a run until watch is quiet. */
  #isBusy = false;
  #failure: unknown;

  constructor(options: WatchOptions, listener: WatchListener) {
    const directory = storeDirectory(options.workspace);
    this.#storeDirectory = relative(options.workspace, directory);
    const changed = new ChangedPaths();
    const pipeline = new WatchedPipeline(options, listener);
    const aftermath = new Aftermath((diagnostics) => listener.report(diagnostics));
    const server = this.#serverOf(options.workspace, directory);
    const services = this.#servicesOf(directory, listener);
    const later = (work: () => void): void =>
      aftermath.later(() => {
        work();
        server.saved();
      });
    const workspace = new Workspace(options.workspace, { isWatched: this.#isWatched, take: () => changed.take() });
    this.#shared = {
      options,
      listener,
      workspace,
      workers: new WorkerPool(workspace.temporary),
      changed,
      pipeline,
      services,
      replanner: new Replanner(pipeline, services, { cancels: options.cancel, later }),
      publications: new Publications(directory, this.#stop.signal),
      otherRuns: new OtherRuns(),
      aftermath,
      server,
      noticed: () => this.#noticed(),
      published: () => this.#published(),
    };
  }

  /** Resolves once watch was stopped and nothing of it is left. */
  async watch(): Promise<void> {
    const { options, services, workers, server, aftermath } = this.#shared;
    this.#tree = watchTree(options.workspace, {
      ignore: (path) => this.#ignores(path),
      onEvent: (paths) => this.#changed(paths),
      onLoss: (loss) => this.#lost(loss),
    });
    await this.#tree.ready;
    const stopped = new Promise((resolve) => this.#stop.signal.addEventListener("abort", resolve));
    this.feed({ kind: "start" });
    await stopped;
    clearTimeout(this.#timer);
    await services.close();
    workers.close();
    await server.close();
    await this.#tree.close();
    await aftermath.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  press(key: string): void {
    this.feed({ kind: "key", key, time: performance.now() });
  }

  interrupt(): void {
    this.feed({ kind: "interrupt" });
  }

  feed(input: Input): void {
    const { state, effects } = step(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#act(effect);
  }

  #act(effect: Effect): void {
    switch (effect.kind) {
      case "run":
        void this.#run(effect.pending).catch((error: unknown) => this.#crashed(error));
        return;
      case "examine":
        phase(
          "watch",
          "examine",
          () => this.#shared.replanner.examine(effect.paths, effect.store),
          () => `${effect.paths.length} paths`,
        );
        return;
      case "timer":
        this.#at(effect.at);
        return;
      case "quiet":
        // A change that needed no run is no news.
        if (this.#isBusy) this.#shared.listener.quiet();
        this.#isBusy = false;
        return;
      case "show":
        this.#shared.listener.show(effect.what);
        return;
      case "cancel":
        this.#cycle?.cancel();
        return;
      case "stop":
        this.#stop.abort();
    }
  }

  #at(time: number): void {
    clearTimeout(this.#timer);
    const tick = (): void => this.feed({ kind: "timer", time: performance.now() });
    this.#timer = setTimeout(tick, Math.max(0, Math.ceil(time - performance.now())));
  }

  async #run(pending: Pending): Promise<void> {
    this.#cycle = undefined;
    // Defer, so that `ended` cannot re-enter `feed`.
    await undefined;
    const paths = this.#concerning(pending.paths);
    if (pending.all || pending.store || paths.size > 0) {
      this.#isBusy = true;
      this.#cycle = new Cycle(this.#shared, { ...pending, paths });
      const cycle = this.#cycle;
      await phase(
        "watch",
        "cycle",
        () => cycle.run(),
        () => `${paths.size} paths`,
      );
    }
    this.#ended();
  }

  #ended(): void {
    const { pipeline, publications } = this.#shared;
    if (publications.isBehind && pipeline.readsObjects) this.#published();
    this.feed({ kind: "ended", paths: this.#concerning(this.#state.pending?.paths), time: performance.now() });
  }

  /** The paths of which a run may decide differently from the last one. */
  #concerning(paths: Iterable<string> = []): ReadonlySet<string> {
    const { pipeline, options } = this.#shared;
    // What a run does itself, as to print, must not start the next one. No graph yet: any file may be what the manifest lacks.
    const isOwn = (path: string): boolean =>
      this.#output.goesTo(join(options.workspace, path)) ||
      (pipeline.graph === undefined && isWithin(this.#storeDirectory, path));
    return new Set([...paths].filter((path) => !isOwn(path) && pipeline.concerns(path)));
  }

  readonly #isWatched = (directory: string): boolean => this.#tree?.isWatched(directory) === true;

  #ignores(path: string): boolean {
    return isWithin(path, this.#storeDirectory) || NEVER.test(path);
  }

  #changed(paths: readonly string[]): void {
    this.#shared.server.changed(paths);
    this.#shared.changed.add(paths);
    this.feed({ kind: "files", paths, time: performance.now() });
  }

  #lost(loss: Loss): void {
    this.#shared.server.lost();
    this.#shared.changed.forget();
    if (loss.kind === "limit") this.#shared.listener.report([polling(loss.code)]);
    this.feed({ kind: "loss", time: performance.now() });
  }

  /**
   * Another process has written to the store, or this one has. A run reads the versions that it begins with by
   * itself.
   */
  #noticed(): void {
    const { phase } = this.#state;
    const { pipeline, publications, replanner } = this.#shared;
    if (phase === "quiet" && pipeline.readsObjects) this.#published();
    if (phase !== "running" || !publications.cameDuring()) return;
    replanner.published();
    this.#published();
  }

  #published(): void {
    this.#shared.publications.seen();
    this.feed({ kind: "store", time: performance.now() });
  }

  #crashed(error: unknown): void {
    if (error instanceof DiagnosticError) {
      this.#shared.listener.report(error.diagnostics);
      this.#shared.listener.ended(undefined);
      this.#ended();
      return;
    }
    this.#failure = error;
    this.#stop.abort();
  }

  #serverOf(workspace: string, directory: string): WatchServer {
    return new WatchServer(workspace, directory, {
      isQuiet: () => this.#state.phase === "quiet",
      isWatched: this.#isWatched,
      follows: (path) => !this.#ignores(path) && this.#isWatched(dirname(path)),
      lost: () => this.#lost({ kind: "cookie" }),
    });
  }

  #servicesOf(directory: string, listener: WatchListener): LazyServices {
    return new LazyServices({
      storeDirectory: directory,
      restarts: true,
      emit: (event) => listener.event(event),
      recovered: () => this.feed({ kind: "service", time: performance.now() }),
    });
  }
}
