import { relative } from "node:path";
import type { CachedGraph } from "../graph/cached.ts";
import { pathName } from "../model/object-name.ts";
import { own } from "../model/own.ts";
import type { Result } from "../model/result.ts";
import type { Ledger } from "../workspace/ledger.ts";
import { releaseSources } from "../workspace/release.ts";
import { sameEnvironment } from "../workspace/request.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { evaluateGraph, type GraphRequest } from "./evaluate.ts";
import { expansionDigest } from "./expansions.ts";
import { hexSalt, listed, moduleDigest, type Site } from "./manifest-reads.ts";

/**
 * The graph of a manifest: the cached one while everything that its evaluation read is unchanged, else a new one.
 * Evaluation runs the manifest, so this is the one place where user code runs in this process.
 */
export async function graphOf(site: Site, request: GraphRequest): Promise<Result<CachedGraph>> {
  const cached = cachedGraph(site, request);
  return cached === undefined ? evaluateGraph(site, request) : { ok: true, value: cached };
}

function cachedGraph({ workspace, ledger }: Site, { manifest, params }: GraphRequest): CachedGraph | undefined {
  const { snapshot, lastRun } = workspace;
  if (lastRun !== undefined)
    return lastRun.header.manifest === manifest &&
      isSameRequest(workspace, lastRun.cached, params) &&
      stillHolds(workspace, ledger, lastRun.cached)
      ? lastRun.cached
      : undefined;
  if (snapshot === undefined || snapshot.isPartial) return undefined;
  if (snapshot.header.manifest !== manifest || snapshot.header.workspace !== workspace.root) return undefined;
  const cached: CachedGraph = { ...snapshot.origin(), graph: snapshot.graph(), bytes: snapshot.graphBytes };
  if (workspace.look !== undefined && snapshot.header.ownsAll) ledger.holdsOnly(cached.graph);
  if (!isSameRequest(workspace, cached, params) || !stillHolds(workspace, ledger, cached)) return undefined;
  return releaseSources(workspace, ledger, cached.graph, cached.reads) ? undefined : cached;
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
export function changesOf(
  workspace: Workspace,
  ledger: Ledger,
  { graph, reads, digests = {} }: CachedGraph,
): readonly string[] {
  const { expansions = [] } = reads;
  const moved = new Set(workspace.index.moved(Object.keys(digests)));
  const modules = Object.entries(digests).filter(
    ([path, digest]) => moved.has(path) || moduleDigest(workspace, path) !== digest,
  );
  const listings = reads.listings.filter(
    (listing) => !sameList(listed({ workspace, ledger }, listing, graph.tasks), listing.result),
  );
  return [
    ...modules.map(([path]) => relative(workspace.root, path)),
    ...listings.map(({ set }) => set.label),
    ...expansions.filter((read) => expansionDigest(workspace, read) !== read.digest).map(({ path }) => pathName(path)),
  ];
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((path, i) => path === b[i]);
}
