import type { Loaded } from "../../access/pipeline.ts";
import type { Executor } from "../../execute/executor.ts";
import { LocalExecutor } from "../../execute/local/executor.ts";
import { LogFiles } from "../../execute/log-files.ts";
import { machine } from "../../execute/machine.ts";
import type { ManifestUse } from "../../execute/worker/protocol.ts";
import type { CachedGraph } from "../../graph/cached.ts";
import type { Emit } from "../../model/event.ts";
import type { Graph } from "../../model/graph.ts";
import { parseName } from "../../model/object-name.ts";
import type { Services } from "../../services/services.ts";
import { CommitQueue } from "../../store/commit-queue.ts";
import type { Journal } from "../../store/journal.ts";
import { Artifacts } from "../../workspace/artifacts.ts";
import { sameEnvironment } from "../../workspace/request.ts";
import { takesShortcuts } from "../../workspace/shortcuts.ts";
import { PinnedObjects } from "../decide/pinned-objects.ts";
import { QuickCheck } from "../decide/quick.ts";
import { InPlaceWork } from "./in-place.ts";
import { openLookups } from "./lookups.ts";
import type { RunOptions } from "./options.ts";
import { newRunId } from "./run-id.ts";
import type { Session } from "./session.ts";
import type { Tally } from "./tally.ts";

/** What a run has beside the graph, which may be loaded anew in its course. */
export interface RunSetting {
  readonly journal: Journal | undefined;
  readonly options: RunOptions;
  readonly emit: Emit;
  readonly tally: Tally;
}

/** Begins to run a graph. */
export async function openSession(loaded: Loaded, setting: RunSetting, jobs: number): Promise<Session> {
  const { workspace, store } = loaded;
  const { journal, options, emit } = setting;
  const run = newRunId(store.history.latestRun()?.id);
  disregardNotes(loaded);
  const stop = new AbortController();
  // Before the quick check looks whether anything was committed: so it holds for these versions.
  const objects = pinnedObjects(loaded);
  const commits = new CommitQueue(store, (ids) => journal?.end(...ids));
  return {
    ...loaded,
    ...setting,
    run,
    started: Date.now(),
    jobs,
    artifacts: new Artifacts(workspace, store),
    commits,
    lookups: openLookups(options, { store, commits, emit, signal: stop.signal }),
    executor: openExecutor(loaded, options),
    logs: new LogFiles(workspace.logs),
    // What is behind `--` stands in commands that the snapshot knows without it.
    quick: options.extra.length > 0 ? undefined : quickCheck(loaded, options),
    objects,
    services: await openServices(loaded, options, emit),
    asked: askedServices(loaded, options),
    stop,
    failed: options.resident?.failed ?? new Map(),
    disturbed: options.resident?.disturbed ?? new Map(),
    updated: new Set(),
    done: new Map(),
    inPlace: new InPlaceWork(workspace),
    doubts: new Map(),
    lost: new Set(),
    codeKept: new Set(),
    leaking: new Set(),
    undeferred: new Set(),
    intervals: [],
    noted: new Map(),
    ...gatheredOf(loaded, options),
    nextAttempt: attemptIds(run),
  };
}

function pinnedObjects({ store, graph }: Loaded): PinnedObjects {
  return new PinnedObjects(
    store,
    graph.objects.map(({ name }) => name),
  );
}

function openExecutor({ workspace }: Loaded, { executor, workers }: RunOptions): Executor {
  const local = new LocalExecutor(workspace, workers);
  return executor?.(local, workspace) ?? local;
}

/** The same run with another graph. What the snapshot knows holds for the tasks that are declared as they were. */
export function withGraph(session: Session, loaded: Loaded): Session {
  const { cached, graph, tasks, named, narrowed, params } = loaded;
  const asked = askedServices(loaded, session.options);
  return {
    ...session,
    cached,
    graph,
    tasks,
    named,
    narrowed,
    params,
    asked,
    codeKept: new Set(),
    quick: JSON.stringify(params) === JSON.stringify(session.params) ? session.quick?.forGraph(graph) : undefined,
    ...gatheredOf(loaded, session.options),
  };
}

/** What is gathered from a graph when it is asked for first. */
function gatheredOf({ cached, graph }: Loaded, options: RunOptions): Pick<Session, "makers" | "manifestUse"> {
  let makers: ReadonlyMap<string, string> | undefined;
  let manifest: ManifestUse | undefined;
  return {
    makers() {
      makers ??= makersIn(graph);
      return makers;
    },
    manifestUse() {
      manifest ??= manifestUseOf(cached, options);
      return manifest;
    },
  };
}

function makersIn({ tasks }: Pick<Graph, "tasks">): ReadonlyMap<string, string> {
  const makers = new Map<string, string>();
  for (const { id, outputs } of tasks) for (const { path } of outputs) makers.set(path, id);
  return makers;
}

function manifestUseOf({ graph, reads }: CachedGraph, { manifest, params }: RunOptions): ManifestUse {
  const expansions = (graph.expansions ?? []).flatMap(({ group, over, path, digest }) =>
    digest === null ? [] : [{ group, over, path, digest }],
  );
  // The process of a function finds a unit by its key alone: of 100,000 files it need not know.
  const listings = reads.listings.filter(({ isFannedOut }) => isFannedOut !== true);
  return { path: manifest, params, listings, expansions };
}

function attemptIds(run: string): () => string {
  let attempts = 0;
  return () => {
    attempts += 1;
    return `${run}.${String(attempts).padStart(6, "0")}`;
  };
}

function openServices({ tasks }: Loaded, options: RunOptions, emit: Emit): Promise<Services> | undefined {
  return tasks.some(({ service }) => service !== undefined) ? options.services?.(emit) : undefined;
}

/** The index of the last snapshot takes sources for noted whose versions a killed run may have appended since. */
function disregardNotes({ workspace, store }: Loaded): void {
  const header = workspace.lastRun?.header ?? workspace.snapshot?.header;
  if (header === undefined || header.seq >= store.history.seq) return;
  const names = [...store.history.since(header.seq)].map(({ name }) => parseName(name));
  workspace.index.unnote(names.flatMap(({ kind, id }) => (kind === "path" ? [id] : [])));
}

/** Services named by the user run; under watch without names those of the manifest's default, or all. */
function askedServices({ named, graph, tasks }: Loaded, { resident }: RunOptions): ReadonlySet<string> {
  const ids = tasks.filter(({ service }) => service !== undefined).map(({ id }) => id);
  if (ids.length === 0) return new Set();
  if (resident === undefined || named.size > 0) return new Set(ids.filter((id) => named.has(id)));
  const { default: standard } = graph.config;
  const asked = standard === undefined ? undefined : new Set(standard);
  return new Set(asked === undefined ? ids : ids.filter((id) => asked.has(id)));
}

/** Usable when nothing that all tasks depend on is other than it was, and nothing was committed since. */
function quickCheck({ workspace, store, cached, params }: Loaded, { manifest }: RunOptions): QuickCheck | undefined {
  if (!takesShortcuts()) return undefined;
  const { snapshot, lastRun } = workspace;
  const header = lastRun?.header ?? snapshot?.header;
  if (header === undefined || header.manifest !== manifest || header.workspace !== workspace.root) return undefined;
  const isSame = header.generation === store.generation && header.machine === machine() && sameEnvironment(header);
  if (!isSame) return undefined;
  const fresh = (lastRun === undefined ? snapshot?.fresh() : lastRun.fresh) ?? null;
  if (fresh === null || JSON.stringify(fresh.params) !== JSON.stringify(params)) return undefined;
  const isKnown = lastRun === undefined ? cached.bytes !== undefined : cached === lastRun.cached;
  if (isKnown) return new QuickCheck(workspace, fresh, cached.graph);
  // The manifest was evaluated anew, and most of its tasks may be declared as they were.
  const stored = snapshot?.isPartial === false ? snapshot.graph() : undefined;
  const before = lastRun?.cached.graph ?? stored;
  return before && new QuickCheck(workspace, fresh, before).forGraph(cached.graph);
}
