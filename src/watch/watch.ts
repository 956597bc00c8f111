import { existsSync } from "node:fs";
import { dirname, relative } from "node:path";
import { graphOf } from "../access/graph.ts";
import { type Loaded, loadFrom } from "../access/pipeline.ts";
import { withWorkspace } from "../access/workspace.ts";
import type { CachedGraph } from "../graph/cached.ts";
import type { Loss, TreeWatcher } from "../host/events/tree-watcher.ts";
import { watchTree } from "../host/events/watch-tree.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Emit, Summary } from "../model/event.ts";
import type { Graph, Task } from "../model/graph.ts";
import { isWithin } from "../model/path.ts";
import type { Result } from "../model/result.ts";
import { prepareTelling } from "../report/openlineage/prepare.ts";
import { runLoaded } from "../run/run.ts";
import type { Resident, RunOptions } from "../run/session/options.ts";
import type { Services } from "../services/services.ts";
import type { Journal } from "../store/journal.ts";
import { storeDirectory } from "../workspace/directory.ts";
import type { Open } from "../workspace/open.ts";
import { Workspace } from "../workspace/workspace.ts";
import { Aftermath } from "./aftermath.ts";
import { type Effect, INITIAL, type Input, type Pending, type State, step } from "./machine.ts";
import { absent, polling, putBack } from "./problems.ts";
import { Publications } from "./publications.ts";
import { Relevance } from "./relevance.ts";
import { WatchServer } from "./server/server.ts";

export interface WatchOptions extends Omit<RunOptions, "signal" | "resident" | "dry" | "force"> {
  /** An edit cancels the attempts that read what it changed, and has the rest planned anew; false: all that runs ends first. */
  readonly cancel: boolean;
}

/** Who shows what watch does. Between `began` and `ended` come the events of a run, if there is anything to run. */
export interface WatchListener {
  readonly event: Emit;
  /** The manifest could be loaded. @param tasks What was asked for, with what that depends on. */
  loaded(graph: Graph, tasks: readonly Task[]): void;
  began(pending: Pending): void;
  /** @param versions What was published since the run before, as `rates@2`. */
  published(versions: readonly string[]): void;
  /** @param summary Undefined: nothing could be run. */
  ended(summary: Summary | undefined): void;
  /** What keeps the manifest from being loaded, or watch from watching well. */
  told(diagnostics: readonly Diagnostic[]): void;
  show(what: "why" | "failures"): void;
}

/** When more paths have changed, no task comes before the others. */
const MOST_URGENT = 16;

/** When nothing asked for so many changed paths yet, to look at everything costs less than to keep them. */
const MOST_CHANGED = 100_000;

const NEVER = /(^|\/)(node_modules|\.git)(\/|$)/;

/** Runs a pipeline again whenever something that it depends on changes. The lease is held during runs only. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #listener: WatchListener;
  readonly #resident: Resident;
  #urgent: ReadonlySet<string> = new Set();
  /** What changed since a run asked for it last; undefined: some of it may not have been told, or it is too much. */
  #changed: Set<string> | undefined;
  readonly #workspace: Workspace;
  readonly #stop = new AbortController();
  readonly #directory: string;
  /** The same, relative to the workspace. */
  readonly #store: string;
  #state: State = INITIAL;
  #timer: NodeJS.Timeout | undefined;
  #tree: TreeWatcher | undefined;
  readonly #aftermath: Aftermath;
  /** Answers other commands. */
  readonly #server: WatchServer;
  #run = new AbortController();
  /** From the first run on that has some. */
  #services: Services | undefined;
  /** The last graph that could be loaded. */
  #good: CachedGraph | undefined;
  /** What is wrong with the manifest, to be said once; empty: nothing is. */
  #broken = "";
  #relevance: Relevance | undefined;
  /** Objects of which a version was published during the run that goes on, until that was examined. */
  #replaced: readonly string[] = [];
  readonly #publications: Publications;
  /** The id of this watch's latest run. */
  #latest: string | undefined;
  #failure: unknown;

  constructor(options: WatchOptions, listener: WatchListener) {
    this.#options = options;
    this.#listener = listener;
    this.#directory = storeDirectory(options.workspace);
    this.#resident = {
      failed: new Map(),
      attempts: new Map(),
      replans: new Set(),
      cancels: options.cancel,
      isUrgent: (task) => this.#urgent.has(task.id),
      later: (work) =>
        this.#aftermath.later(() => {
          work();
          this.#server.saved();
        }),
    };
    this.#publications = new Publications(this.#directory, this.#stop.signal);
    this.#store = relative(options.workspace, this.#directory);
    this.#aftermath = new Aftermath((diagnostics) => listener.told(diagnostics));
    this.#workspace = new Workspace(options.workspace, {
      isWatched: (directory) => this.#tree?.isWatched(directory) === true,
      take: () => this.#takeChanged(),
    });
    this.#server = new WatchServer(options.workspace, this.#directory, {
      isQuiet: () => this.#state.phase === "quiet",
      isWatched: (directory) => this.#tree?.isWatched(directory) === true,
      tells: (path) => !this.#ignores(path) && this.#tree?.isWatched(dirname(path)) === true,
      lost: () => this.#lost({ kind: "cookie" }),
    });
  }

  /** Resolves once it was stopped and nothing of it is left. */
  async watch(): Promise<void> {
    this.#tree = watchTree(this.#options.workspace, {
      ignore: (path) => this.#ignores(path),
      onEvent: (paths) => this.#told(paths),
      onLoss: (loss) => this.#lost(loss),
    });
    await this.#tree.ready;
    const stopped = new Promise((resolve) => this.#stop.signal.addEventListener("abort", resolve));
    this.feed({ kind: "start" });
    await stopped;
    clearTimeout(this.#timer);
    await this.#services?.close();
    await this.#server.close();
    await this.#tree.close();
    await this.#aftermath.close();
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
        void this.#cycle(effect.pending).catch((error: unknown) => this.#crashed(error));
        return;
      case "examine":
        this.#examine(effect.paths, effect.store);
        return;
      case "timer":
        this.#at(effect.at);
        return;
      case "show":
        this.#listener.show(effect.what);
        return;
      case "cancel":
        this.#run.abort();
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

  #ignores(path: string): boolean {
    return isWithin(path, this.#store) || NEVER.test(path);
  }

  #told(paths: readonly string[]): void {
    this.#server.changed(paths);
    for (const path of paths) this.#changed?.add(path);
    if ((this.#changed?.size ?? 0) > MOST_CHANGED) this.#changed = undefined;
    this.feed({ kind: "files", paths, time: performance.now() });
  }

  #takeChanged(): ReadonlySet<string> | undefined {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  #lost(loss: Loss): void {
    this.#server.lost();
    this.#changed = undefined;
    if (loss.kind === "limit") this.#listener.told([polling(loss.code)]);
    this.feed({ kind: "loss", time: performance.now() });
  }

  async #cycle(pending: Pending): Promise<void> {
    // The answer never comes before the question has been asked.
    await undefined;
    const paths = new Set([...pending.paths].filter((path) => this.#concerns(path)));
    if (pending.all || pending.store || paths.size > 0) await this.#perform({ ...pending, paths });
    this.feed({ kind: "ended", time: performance.now() });
  }

  #concerns(path: string): boolean {
    if (this.#relevance === undefined) return true;
    return (this.#broken !== "" && /\.([cm]?[jt]s|json)$/.test(path)) || this.#relevance.concerns(path);
  }

  async #perform(pending: Pending): Promise<void> {
    this.#run = new AbortController();
    this.#aftermath.pause();
    if (pending.retry) {
      this.#resident.failed.clear();
      // Who asks for everything does not want to hear what watch believes.
      this.#changed = undefined;
    }
    const { manifest, lockWait, command } = this.#options;
    this.#listener.began(pending);
    // Opening the store would make the directory of a workspace that was deleted.
    if (!existsSync(manifest)) {
      this.#broken = manifest;
      this.#listener.told([absent(manifest)]);
      this.#listener.ended(undefined);
      return;
    }
    const emit: Emit = (event) => this.#listener.event(event);
    const lock = { command, lockWait, signal: this.#run.signal, emit };
    const result = await withWorkspace(this.#workspace, lock, (open, journal) =>
      this.#load(open, (loaded) => this.#runOnce(loaded, journal, pending, emit)),
    );
    this.#publications.seen();
    if (result !== "interrupted" && !result.ok) this.#listener.told(result.diagnostics);
    await this.#server.listen();
    const summary = result !== "interrupted" && result.ok ? result.value : undefined;
    // The last good graph may have run well: all is not well while the manifest is broken.
    this.#listener.ended(summary !== undefined && this.#broken !== "" ? { ...summary, exit: 2 } : summary);
    this.#aftermath.begin();
  }

  /** With a manifest that cannot be loaded, the last good graph goes on. */
  async #load<T>(open: Open, use: (loaded: Loaded) => Promise<Result<T>>): Promise<Result<T>> {
    const { manifest, params } = this.#options;
    const cached = await graphOf(open.workspace, open.ledger, manifest, params);
    const loaded = cached.ok ? loadFrom(open, this.#options, cached.value) : cached;
    const broken = loaded.ok ? "" : JSON.stringify(loaded.diagnostics);
    const said = broken === this.#broken;
    this.#broken = broken;
    if (cached.ok && loaded.ok) this.#good = cached.value;
    if (this.#good === undefined) return loaded as Result<T>;
    this.#relevance = new Relevance(open.workspace, this.#good);
    if (loaded.ok) {
      this.#listener.loaded(loaded.value.graph, loaded.value.tasks);
      return use(loaded.value);
    }
    if (!said) this.#listener.told(loaded.diagnostics);
    const before = loadFrom(open, this.#options, this.#good);
    return before.ok ? use(before.value) : before;
  }

  async #runOnce(loaded: Loaded, journal: Journal | undefined, pending: Pending, emit: Emit): Promise<Result<Summary>> {
    this.#listener.published(this.#publications.runBegins(loaded.store, loaded.cached));
    this.#replaced = [];
    this.#publications.follow(() => this.#noticed());
    this.#hurry(loaded.tasks, [...pending.paths]);
    const options: RunOptions = {
      ...this.#options,
      dry: false,
      force: pending.force,
      signal: this.#run.signal,
      resident: this.#resident,
      services: () => this.#openServices(),
    };
    const before = loaded.store.history.latestRun();
    const restored: string[] = [];
    const ran = await runLoaded(loaded, journal, options, (event) => {
      if (event.kind === "task-ended" && event.result === "restored" && event.reason.kind !== "outputs-missing")
        restored.push(event.task);
      emit(event);
    });
    if (this.#latest !== undefined && before !== undefined && before.id !== this.#latest && restored.length > 0)
      this.#listener.told([putBack(before.argv, restored)]);
    this.#latest = loaded.store.history.latestRun()?.id;
    this.#server.ran(loaded.store.generation, loaded.store.history.latestRun());
    if (this.#publications.runEnds().length > 0) this.#published();
    if (ran.ok && !this.#run.signal.aborted) this.#aftermath.tell(await prepareTelling(loaded, ran.value.run));
    return ran;
  }

  /** What changed comes first. A burst concerns many, and asking each of them would take longer than it gains. */
  #hurry(tasks: readonly Task[], paths: readonly string[]): void {
    const asked = paths.length > MOST_URGENT ? [] : paths;
    const urgent = tasks.filter((task) => asked.some((path) => this.#relevance?.touches(task, path)));
    this.#urgent = new Set(urgent.map(({ id }) => id));
  }

  #examine(paths: readonly string[], store: boolean): void {
    if (!this.#options.cancel) return;
    const objects = new Set(store ? this.#replaced : []);
    this.#replaced = [];
    for (const [task, attempt] of this.#resident.attempts) {
      const upsetting = paths.filter((path) => this.#relevance?.upsets(task, path));
      if (upsetting.length > 0 || this.#relevance?.readsObject(task, objects) === true) attempt.cancel(upsetting);
    }
    for (const service of this.#services?.starting() ?? [])
      if (paths.some((path) => this.#relevance?.upsets(service, path))) this.#services?.abandon(service);
    const edited = paths.filter((path) => this.#relevance?.isEdited(path));
    if (edited.length === 0 && this.#relevance?.isRead(objects) !== true) return;
    this.#hurry(this.#good?.graph.tasks ?? [], edited);
    for (const replan of this.#resident.replans) replan(edited);
  }

  async #openServices(): Promise<Services> {
    const { Services } = await import("../services/services.ts");
    this.#services ??= new Services({
      store: this.#directory,
      restarts: true,
      emit: (event) => this.#listener.event(event),
      recovered: () => this.feed({ kind: "service", time: performance.now() }),
    });
    return this.#services;
  }

  /** Another process has written to the store, or this one has. What a run begins with it looks at itself. */
  #noticed(): void {
    const { phase } = this.#state;
    if (phase === "quiet" && (this.#good?.graph.objects.length ?? 0) > 0) this.#published();
    const came = phase === "running" ? this.#publications.cameDuring() : [];
    this.#replaced = [...this.#replaced, ...came];
    if (came.length > 0) this.#published();
  }

  #published(): void {
    this.#publications.seen();
    this.feed({ kind: "store", time: performance.now() });
  }

  #crashed(error: unknown): void {
    if (error instanceof DiagnosticError) {
      this.#listener.told(error.diagnostics);
      this.#listener.ended(undefined);
      this.feed({ kind: "ended", time: performance.now() });
      return;
    }
    this.#failure = error;
    this.#stop.abort();
  }
}
