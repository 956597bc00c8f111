import { relative } from "node:path";
import { machine } from "../execute/machine.ts";
import type { CachedGraph } from "../graph/cached.ts";
import { pathName } from "../model/object-name.ts";
import { own } from "../model/own.ts";
import type { Result } from "../model/result.ts";
import type { Ledger } from "../workspace/ledger.ts";
import { releaseSources } from "../workspace/release.ts";
import { sameEnvironment } from "../workspace/request.ts";
import { takesShortcuts } from "../workspace/shortcuts.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { evaluateGraph, type GraphRequest, type GraphSite } from "./evaluate.ts";
import { expansionDigest } from "./expansions.ts";
import { hexSalt, listed, moduleDigest } from "./manifest-reads.ts";

/**
 * The graph of a manifest: the cached one while everything that its evaluation read is unchanged, else a new one.
 * Evaluation runs the manifest, so this is the one place where user code runs in this process.
 */
export async function graphOf(
  site: GraphSite,
  request: GraphRequest,
  latest = lastGraph(site, request),
): Promise<Result<CachedGraph>> {
  const { workspace, ledger } = site;
  if (latest === undefined || !isSameRequest(workspace, latest, request.params)) return evaluateGraph(site, request);
  const changed = allChanges(workspace, ledger, latest);
  const isKept = latest.digests !== undefined && changed.elements.length + changed.others.length === 0;
  if (isKept && (workspace.lastRun !== undefined || !releaseSources(workspace, ledger, latest.graph, latest.reads)))
    return { ok: true, value: latest };
  const isUpdatable = latest.digests !== undefined && changed.others.length === 0 && changed.elements.length > 0;
  return evaluateGraph(site, request, isUpdatable && takesShortcuts() ? latest : undefined);
}

/** The graph of the last run of a manifest. */
function lastGraph({ workspace, ledger }: GraphSite, { manifest }: GraphRequest): CachedGraph | undefined {
  const { snapshot, lastRun } = workspace;
  if (lastRun !== undefined) return lastRun.header.manifest === manifest ? lastRun.cached : undefined;
  if (snapshot === undefined || snapshot.isPartial) return undefined;
  const { header } = snapshot;
  if (header.manifest !== manifest || header.workspace !== workspace.root) return undefined;
  // A manifest, and what is known of the code of functions, may depend on it.
  if (header.machine !== machine()) return undefined;
  const cached: CachedGraph = {
    ...snapshot.origin(),
    graph: snapshot.graph(),
    bytes: snapshot.graphBytes,
    packed: snapshot.packed(),
  };
  if (workspace.look !== undefined && header.ownsAll) ledger.holdsOnly(cached.graph);
  return cached;
}

/** True when the parameters and variables that evaluation read still have the same values. */
function isSameRequest(workspace: Workspace, { graph, reads }: CachedGraph, params: GraphRequest["params"]): boolean {
  const given = (name: string): unknown =>
    own(params, name) ?? graph.params.find((param) => param.name === name)?.default;
  return (
    sameEnvironment({ salt: hexSalt(workspace), env: reads.env }) &&
    reads.params.every(({ name, value }) => String(given(name)) === String(value))
  );
}

/** True when the modules and listings that a graph was made from are unchanged. Examines all of them in this epoch. */
export function stillHolds(workspace: Workspace, ledger: Ledger, cached: CachedGraph): boolean {
  return cached.digests !== undefined && changesOf(workspace, ledger, cached).length === 0;
}

/** The changed modules (by path), listings (by label) and what tasks made (by name) that a graph was made from. */
export function changesOf(workspace: Workspace, ledger: Ledger, cached: CachedGraph): readonly string[] {
  const { others, elements } = allChanges(workspace, ledger, cached);
  return [...others, ...elements];
}

/** The changes of what `each`s fan out over, and all others. */
function allChanges(
  workspace: Workspace,
  ledger: Ledger,
  { graph, reads, digests = {} }: CachedGraph,
): { readonly elements: readonly string[]; readonly others: readonly string[] } {
  const { expansions = [] } = reads;
  const moved = new Set(workspace.index.moved(Object.keys(digests)));
  const modules = Object.entries(digests).filter(
    ([path, digest]) => moved.has(path) || moduleDigest(workspace, path) !== digest,
  );
  const listings = reads.listings.filter(
    (listing) => !sameList(listed({ workspace, ledger }, listing, graph.tasks), listing.result),
  );
  const labels = (isFannedOut: boolean): readonly string[] =>
    listings.filter((listing) => (listing.isFannedOut === true) === isFannedOut).map(({ set }) => set.label);
  const made = expansions.filter((read) => expansionDigest(workspace, read) !== read.digest);
  return {
    others: [...modules.map(([path]) => relative(workspace.root, path)), ...labels(false)],
    elements: [...labels(true), ...made.map(({ path }) => pathName(path))],
  };
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((path, i) => path === b[i]);
}
