import { appendArguments } from "../graph/extra.ts";
import { resolveParams } from "../graph/params.ts";
import { select } from "../graph/select.ts";
import { MARKER } from "../host/process-tree.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Emit } from "../model/event.ts";
import type { Graph, ParamValue, Task } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import { Journal } from "../store/journal.ts";
import { acquireLease, type Lease } from "../store/lease.ts";
import { type OpenedStore, openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { Artifacts } from "./artifacts.ts";
import { type CachedGraph, graphOf } from "./graph-cache.ts";
import { Ledger } from "./ledger.ts";
import { recover } from "./recover.ts";
import { Workspace } from "./workspace.ts";

/** A graph that is ready to be run, and what it is run with. */
export interface Loaded {
  readonly workspace: Workspace;
  readonly store: Store;
  readonly cached: CachedGraph;
  readonly graph: Graph;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly tasks: readonly Task[];
  readonly named: ReadonlySet<string>;
  readonly ledger: Ledger;
}

/** What is to be loaded. */
export interface LoadOptions {
  readonly manifest: string;
  readonly workspace: string;
  readonly tasks: readonly string[];
  readonly params: Readonly<Record<string, string>>;
  readonly extra?: readonly string[];
  /** Only the graph is looked at: parameters need no values. */
  readonly graphOnly?: boolean;
}

/** Who may write: a run that holds the lease. Without it nothing in the workspace or the store is changed. */
export interface LockOptions {
  readonly command: string;
  readonly lockWait: number;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

/**
 * Loads a manifest, opens the store, takes the lease when `lock` is given, and hands all of it to `use`; closes in the
 * opposite order whatever happens.
 */
export async function withLoaded<T>(
  options: LoadOptions,
  lock: LockOptions | undefined,
  use: (loaded: Loaded, journal: Journal | undefined) => Promise<Result<T>>,
): Promise<Result<T> | "interrupted"> {
  const workspace = new Workspace(options.workspace);
  const opened = openStore(workspace.directory, workspace);
  if (!opened.ok) return opened;
  try {
    workspace.salt = opened.value.store.salt;
    return await withLease(workspace, opened.value, options, lock, use);
  } catch (error) {
    if (error instanceof DiagnosticError) return { ok: false, diagnostics: error.diagnostics };
    throw error;
  } finally {
    await opened.value.close();
  }
}

async function withLease<T>(
  workspace: Workspace,
  { store }: OpenedStore,
  options: LoadOptions,
  lock: LockOptions | undefined,
  use: (loaded: Loaded, journal: Journal | undefined) => Promise<Result<T>>,
): Promise<Result<T> | "interrupted"> {
  let lease: Lease | undefined;
  let journal: Journal | undefined;
  try {
    if (lock !== undefined) {
      const inside = runsInsideItself(workspace);
      if (inside !== undefined) return { ok: false, diagnostics: [inside] };
      const got = await acquireLease(store, {
        command: lock.command,
        wait: lock.lockWait,
        signal: lock.signal,
        onWait: (holder) => lock.emit({ kind: "lock-waiting", holder }),
      });
      if (got === "interrupted" || !got.ok) return got as Result<T> | "interrupted";
      lease = got.value;
      journal = new Journal(workspace.directory);
    }
    workspace.index.pin();
    const ledger = new Ledger(store);
    if (journal !== undefined) await recover(workspace, journal, ledger, new Artifacts(workspace, store));
    const loaded = await load(workspace, store, ledger, options);
    return loaded.ok ? await use(loaded.value, journal) : loaded;
  } finally {
    journal?.close();
    await lease?.release();
  }
}

/** A task of a run that holds this workspace's lease has started inc here: it would wait for itself. */
function runsInsideItself(workspace: Workspace): Diagnostic | undefined {
  const marker = process.env[MARKER]?.split("/") ?? [];
  if (marker.length === 0) return undefined;
  const journal = new Journal(workspace.directory);
  const around = journal.openIntents().find(({ attempt }) => marker.includes(attempt));
  journal.close();
  if (around === undefined) return undefined;
  return {
    code: "INC3007",
    severity: "error",
    message: "a task of a run started another run in the same workspace, which would wait for it for ever",
    help: ["make what it runs a task of the same pipeline, or give it a workspace of its own"],
  };
}

async function load(workspace: Workspace, store: Store, ledger: Ledger, options: LoadOptions): Promise<Result<Loaded>> {
  const cached = await graphOf(workspace, ledger, options.manifest, options.params);
  if (!cached.ok) return cached;
  const { params: declared } = cached.value.graph;
  const needed = options.graphOnly === true ? declared.filter(({ name }) => name in options.params) : declared;
  const params = resolveParams({ params: needed }, options.params);
  if (!params.ok) return params;
  const selected = select(cached.value.graph, options.tasks);
  if (!selected.ok) return selected;
  const { ids, named } = selected.value;
  const graph = appendArguments(cached.value.graph, named, options.extra ?? []);
  const wanted = new Set(ids);
  return {
    ok: true,
    value: {
      workspace,
      store,
      cached: cached.value,
      graph,
      params: params.value,
      tasks: graph.tasks.filter((task) => wanted.has(task.id)),
      named: new Set(named),
      ledger,
    },
  };
}
