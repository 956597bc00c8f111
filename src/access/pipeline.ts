import { relative, resolve } from "node:path";
import type { CachedGraph } from "../graph/cached.ts";
import { appendArguments, functionWithArguments } from "../graph/extra.ts";
import { paramsOf, resolveParams } from "../graph/params.ts";
import { select } from "../graph/select.ts";
import { phase } from "../host/phases.ts";
import { findManifestIn, isOtherModule } from "../manifest/find.ts";
import { defined } from "../model/defined.ts";
import type { Graph, ParamValue, Task } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import type { Journal } from "../store/journal.ts";
import type { Open } from "../workspace/open-workspace.ts";
import type { OpeningLook } from "../workspace/snapshot-check.ts";
import { Workspace } from "../workspace/workspace.ts";
import { type Affected, affectedTasks } from "./affected/affected.ts";
import type { Changes } from "./affected/changes.ts";
import { graphOf } from "./graph.ts";
import { type LockOptions, withWorkspace } from "./workspace.ts";

/** A graph that is ready to run, with its parameters and tasks. */
export interface Loaded extends Open {
  readonly cached: CachedGraph;
  readonly graph: Graph;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly tasks: readonly Task[];
  readonly named: ReadonlySet<string>;
  /** True when which tasks these are depends on more than the names that were given: on a directory, on changed files. */
  readonly narrowed: boolean;
  /** Which tasks changed files affect, where only those were asked for. */
  readonly affected?: Affected;
}

/** Which manifest to load, and how. */
export interface LoadOptions {
  readonly manifest: string;
  readonly workspace: string;
  readonly tasks: readonly string[];
  readonly params: Readonly<Record<string, string>>;
  readonly extra?: readonly string[];
  /** True: only the graph is needed, so that parameters need no values. */
  readonly graphOnly?: boolean;
  /** True: only the declarations of objects are needed, so that sources may be missing. */
  readonly objectsOnly?: boolean;
  /** Only tasks that these affect are selected, with what they need. */
  readonly changes?: Changes;
  /** What was seen in the workspace already. */
  readonly look?: OpeningLook | undefined;
}

/** Opens the workspace of a manifest (see `withWorkspace`), loads the manifest, and passes both to `use`. */
export async function withLoaded<T>(
  options: LoadOptions,
  lock: LockOptions | undefined,
  use: (loaded: Loaded, journal: Journal | undefined) => Promise<Result<T>>,
): Promise<Result<T> | "interrupted"> {
  return withWorkspace(new Workspace(options.workspace, undefined, options.look), lock, async (open, journal) => {
    const loaded = await load(open, options);
    return loaded.ok ? use(loaded.value, journal) : loaded;
  });
}

async function load(open: Open, options: LoadOptions): Promise<Result<Loaded>> {
  const { manifest, params } = options;
  const cached = await phase("access", "load", () =>
    graphOf(open, { manifest, params, sources: options.objectsOnly !== true }),
  );
  return cached.ok ? loadFrom(open, options, cached.value) : cached;
}

function otherMeaning(name: string): string | undefined {
  if (findManifestIn(process.cwd(), name) !== undefined)
    return `"${name}" is a directory with its own manifest: write ${name}/ to name that`;
  return /\.m?[tj]s$/.test(name) && isOtherModule(resolve(name))
    ? `"${name}" is not a manifest: it imports nothing from "inc-run"`
    : undefined;
}

/** Resolves the parameters and tasks of a graph that is already evaluated. */
export function loadFrom(open: Open, options: LoadOptions, cached: CachedGraph): Result<Loaded> {
  const affected = options.changes === undefined ? undefined : affectedTasks(open, cached, options.changes);
  const selected = select(cached.graph, options.tasks, {
    directory: relative(open.workspace.root, process.cwd()),
    hint: otherMeaning,
    // A service is started where an affected task needs it.
    ...(affected === undefined ? {} : { counts: ({ id, service }) => service === undefined && affected.tasks.has(id) }),
  });
  if (!selected.ok) return selected;
  const { ids, named, byPath } = selected.value;
  const wanted = wantedOf(cached.graph, ids);
  let used: ReadonlySet<string> | undefined;
  const isUsed = (name: string): boolean => {
    used ??= paramsOf(wanted(cached.graph.tasks));
    return used.has(name);
  };
  const params = resolveParams(cached.graph, options.params, (name) => options.graphOnly !== true && isUsed(name));
  if (!params.ok) return params;
  const takesNone = functionWithArguments(cached.graph, named, options.extra ?? []);
  if (takesNone !== undefined) return { ok: false, diagnostics: [takesNone] };
  const graph = appendArguments(cached.graph, named, options.extra ?? []);
  return {
    ok: true,
    value: {
      ...open,
      cached,
      graph,
      params: params.value,
      tasks: wanted(graph.tasks),
      named: new Set(named),
      narrowed: byPath || affected !== undefined,
      ...defined({ affected }),
    },
  };
}

/** Takes the tasks with some ids from those of the graph. */
function wantedOf({ tasks }: Graph, ids: readonly string[]): (of: readonly Task[]) => readonly Task[] {
  if (ids.length === tasks.length) return (of) => of;
  const wanted = new Set(ids);
  return (of) => of.filter(({ id }) => wanted.has(id));
}
