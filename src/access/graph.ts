import { dirname, relative } from "node:path";
import { buildGraph } from "../graph/build.ts";
import type { CachedGraph } from "../graph/cached.ts";
import { parseParam } from "../graph/params.ts";
import { Paths } from "../graph/paths.ts";
import { fileSetOf } from "../graph/resolve.ts";
import { loadManifest } from "../manifest/load/load.ts";
import type { LoadContext } from "../manifest/load/recorder.ts";
import type { Digest } from "../model/digest.ts";
import type { Owned } from "../model/entry.ts";
import type { FileSet, Graph, GraphReads } from "../model/graph.ts";
import type { Identity } from "../model/identity.ts";
import { dictionary, own } from "../model/own.ts";
import { isWithinAny } from "../model/path.ts";
import type { Result } from "../model/result.ts";
import type { Ledger } from "../workspace/ledger.ts";
import { isUnitOf, releaseSources } from "../workspace/release.ts";
import { envDigest, sameEnvironment } from "../workspace/request.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** How often a manifest is evaluated while what it goes over keeps going away; then the tasks that read it say so. */
const LOOKS = 3;

/** What is checked of a graph that is evaluated anew. */
export interface GraphChecks {
  /** False: sources may be missing, for only what else is declared counts. */
  readonly sources?: boolean;
}

/**
 * The evaluated graph of a manifest: the one of the snapshot as long as all that its evaluation read is unchanged, else
 * evaluated anew. Evaluating is running the manifest, so this is the one place where user code runs in this process.
 */
export async function graphOf(
  workspace: Workspace,
  ledger: Ledger,
  manifest: string,
  params: Readonly<Record<string, string>>,
  checks: GraphChecks = {},
): Promise<Result<CachedGraph>> {
  return (
    cachedGraph(workspace, ledger, manifest, params) ?? (await evaluate(workspace, ledger, manifest, params, checks))
  );
}

function cachedGraph(
  workspace: Workspace,
  ledger: Ledger,
  manifest: string,
  params: Readonly<Record<string, string>>,
): Result<CachedGraph> | undefined {
  const { snapshot, lastRun } = workspace;
  if (lastRun !== undefined)
    return lastRun.header.manifest === manifest &&
      sameRequestOf(workspace, lastRun.cached, params) &&
      stillHolds(workspace, ledger, lastRun.cached)
      ? { ok: true, value: lastRun.cached }
      : undefined;
  if (snapshot === undefined || snapshot.isPartial) return undefined;
  if (snapshot.header.manifest !== manifest || snapshot.header.workspace !== workspace.root) return undefined;
  const cached: CachedGraph = { ...snapshot.origin(), graph: snapshot.graph(), bytes: snapshot.graphBytes };
  if (!sameRequestOf(workspace, cached, params) || !stillHolds(workspace, ledger, cached)) return undefined;
  return releaseSources(workspace, ledger, cached.graph, cached.reads) ? undefined : { ok: true, value: cached };
}

/** The parameters and variables that evaluation read are what they were. */
function sameRequestOf(
  workspace: Workspace,
  { graph, reads }: CachedGraph,
  params: Readonly<Record<string, string>>,
): boolean {
  const given = (name: string): unknown =>
    own(params, name) ?? graph.params.find((param) => param.name === name)?.default;
  return (
    sameEnvironment({ salt: saltOf(workspace), env: reads.env }) &&
    reads.params.every(({ name, value }) => String(given(name)) === String(value))
  );
}

/** The modules and listings that a graph was made of are what they were. Looks at all of them in this epoch. */
export function stillHolds(workspace: Workspace, ledger: Ledger, cached: CachedGraph): boolean {
  return cached.digests !== undefined && changesOf(workspace, ledger, cached).length === 0;
}

/** Paths of modules and labels of listings that a graph was made of and that are not what they were. */
export function changesOf(
  workspace: Workspace,
  ledger: Ledger,
  { graph, reads, digests = {} }: CachedGraph,
): readonly string[] {
  const moved = new Set(workspace.index.moved(Object.keys(digests)));
  const modules = Object.entries(digests).filter(
    ([path, digest]) => moved.has(path) || (digestOf(workspace, path) ?? null) !== digest,
  );
  const listings = reads.listings.filter(
    ({ set, directories, result }) => !sameList(listed(workspace, ledger, graph.tasks, set, directories), result),
  );
  return [...modules.map(([path]) => relative(workspace.root, path)), ...listings.map(({ set }) => set.label)];
}

/** What a listing gives now, without what tasks make or made: their outputs are no elements of anything. */
function listed(
  workspace: Workspace,
  ledger: Ledger,
  tasks: Graph["tasks"],
  set: FileSet,
  directories: boolean,
  counts?: (owned: Owned) => boolean,
): readonly string[] {
  const claims = ledger.claims(tasks, counts);
  return workspace.members(set, claims, directories);
}

async function evaluate(
  workspace: Workspace,
  ledger: Ledger,
  manifest: string,
  params: Readonly<Record<string, string>>,
  { sources = true, looks = LOOKS }: GraphChecks & { readonly looks?: number },
): Promise<Result<CachedGraph>> {
  const before = workspace.clock.tick();
  const expanded: GraphReads["listings"][number][] = [];
  const from = relative(workspace.root, manifest);
  // What a listing has and that is not there any more went in the meantime: nobody misspelt it.
  const gone: string[] = [];
  const listings: (readonly string[])[] = [];
  const noteListing = (result: readonly string[]): readonly string[] => {
    listings.push(result);
    return result;
  };
  const isListed = (path: string): boolean => {
    const found = listings.some((result) => result.includes(path));
    if (found) gone.push(path);
    return found;
  };
  const context: LoadContext = {
    workspace: workspace.root,
    params,
    list: (set, directories) => noteListing(listed(workspace, ledger, [], set, directories)),
    setOf: (declaration) => fileSetOf(declaration, new Paths(workspace.root, dirname(manifest))),
    parseParam,
  };
  const loaded = await loadManifest(manifest, context, (evaluation) => ({
    objects: evaluation.objects,
    graph: buildGraph(evaluation, {
      workspace: workspace.root,
      expand: (set, outputs, groups) => {
        const isOutput = (owned: Owned): boolean => owned.manifest !== from || isUnitOf(owned, groups);
        const all = noteListing(listed(workspace, ledger, [], set, false, isOutput));
        const result = all.filter((path) => !isWithinAny(path, outputs));
        expanded.push({ set, directories: false, result });
        return result;
      },
      exists: (path) => !sources || exists(workspace, path) || isListed(path),
    }),
  }));
  if (!loaded.ok) return loaded;
  if (gone.length > 0 && looks > 1) {
    workspace.pin(gone);
    return evaluate(workspace, ledger, manifest, params, { sources, looks: looks - 1 });
  }
  const { reads, used } = loaded.value;
  const { graph, objects } = used;
  if (!graph.ok) {
    // Tasks that go over a listing of what only tasks that are gone had made: those are sources, so there is something to list.
    const isEmpty = graph.diagnostics.every(({ code }) => code === "INC2528");
    return isEmpty && releaseSources(workspace, ledger, { manifest: from, tasks: [], sets: [] }, reads)
      ? evaluate(workspace, ledger, manifest, params, { sources })
      : graph;
  }
  const last = new Map(
    [...reads.listings, ...expanded].map((listing) => [JSON.stringify([listing.set, listing.directories]), listing]),
  );
  // From here on what the manifest reads and does not make is no output.
  const sourcesOf = { modules: [...reads.modules, ...reads.packages], listings: reads.listings };
  if (releaseSources(workspace, ledger, graph.value, sourcesOf))
    return evaluate(workspace, ledger, manifest, params, { sources });
  const made = ledger.claims(graph.value.tasks);
  const final = [...last.values()].map((listing) => ({
    ...listing,
    result: listing.result.filter((path) => !made.has(path)),
  }));
  return {
    ok: true,
    value: {
      graph: graph.value,
      reads: { ...reads, listings: final, env: digestsOfVariables(workspace, reads.env) },
      digests: digestsOf(workspace, reads, before),
      objects,
    },
  };
}

/** What cannot be looked at may be there: the task that reads it says why it cannot. */
function exists(workspace: Workspace, path: string): boolean {
  try {
    return workspace.files.stat(workspace.absolute(path)) !== undefined;
  } catch {
    return true;
  }
}

/** Undefined when one of them was written after evaluation began, or more was asked for: it may not be what was evaluated. */
function digestsOf(
  workspace: Workspace,
  reads: Pick<GraphReads, "repeatable" | "modules" | "packages">,
  before: bigint,
): Record<string, Digest | null> | undefined {
  if (!reads.repeatable) return undefined;
  const digests = dictionary<Digest | null>();
  for (const path of [...reads.modules, ...reads.packages]) {
    const stat = workspace.files.stat(path);
    if (stat !== undefined && (stat.ctime >= before || stat.mtime >= before)) return undefined;
    digests[path] = digestOf(workspace, path) ?? null;
  }
  return digests;
}

/** A value that a manifest reads may be a secret, also where it reads all there are: none of them is stored. */
function digestsOfVariables(workspace: Workspace, read: ReadonlyMap<string, string | undefined>): GraphReads["env"] {
  return [...read].map(([name, value]) => [
    name,
    value === undefined ? null : envDigest(workspace.hasher, saltOf(workspace), name, value),
  ]);
}

function saltOf({ salt }: Workspace): string {
  return Buffer.from(salt).toString("hex");
}

function digestOf(workspace: Workspace, path: string): Digest | undefined {
  let identity: Identity | undefined = workspace.index.identify(path);
  while (identity?.type === "symlink") identity = identity.target;
  return identity?.type === "file" ? identity.digest : undefined;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((path, i) => path === b[i]);
}
