import { join, relative } from "node:path";
import { type BuildContext, buildGraph } from "../graph/build.ts";
import type { CachedGraph } from "../graph/cached.ts";
import { loadContext } from "../graph/load-context.ts";
import type { Earlier } from "../graph/update/changed-elements.ts";
import { phase } from "../host/phases.ts";
import type { Evaluation } from "../manifest/declaration.ts";
import { type LoadedManifest, loadManifest } from "../manifest/load/load.ts";
import type { LoadContext } from "../manifest/load/recorder.ts";
import { distinct } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import type { Owned } from "../model/entry.ts";
import type { GraphReads } from "../model/evaluation/reads.ts";
import type { Graph } from "../model/graph.ts";
import { isWithinAny } from "../model/path.ts";
import type { Result } from "../model/result.ts";
import { isUnitOf } from "../workspace/ledger.ts";
import type { Open } from "../workspace/open-workspace.ts";
import { releaseSources } from "../workspace/release.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { readExpansion, readExpansionText } from "./expansions.ts";
import { FunctionCodes, withReadVariables } from "./function-code.ts";
import { type ListedSet, listed, moduleDigests, type Site, variableDigests } from "./manifest-reads.ts";
import { togetherRead, type UpdateContext, updateGraph } from "./update-graph.ts";

/** How often a manifest is evaluated while listed files keep vanishing. After that, the tasks that read them fail. */
const ATTEMPTS = 3;

/** A manifest and the parameters of its evaluation. */
export interface GraphRequest {
  /** Absolute path. */
  readonly manifest: string;
  /** Values as given on the command line. */
  readonly params: Readonly<Record<string, string>>;
  /** False: sources may be missing, because only the declarations of objects matter. */
  readonly sources?: boolean;
}

/** Where a graph is made, and where values are stored that tasks made before; without a store, none is known. */
export type GraphSite = Site & Partial<Pick<Open, "store">>;

/**
 * Runs the manifest in this process, and builds the graph of its declarations.
 * @param latest An earlier graph, where nothing has changed but what `each`s fan out over.
 */
export async function evaluateGraph(
  site: GraphSite,
  request: GraphRequest,
  latest?: CachedGraph,
  attempts = ATTEMPTS,
): Promise<Result<CachedGraph>> {
  const { workspace, ledger } = site;
  const began = workspace.clock.tick();
  const listings = new Listings(site, request);
  const context = loadContext({ workspace: workspace.root, ...request }, listings.list);
  const loaded = await loadManifest(request.manifest, context, (evaluation, readSoFar) => {
    const codes = new FunctionCodes(workspace, request.manifest, readSoFar);
    try {
      return updatedOrBuilt(site, latest, evaluation, { listings, codes });
    } finally {
      codes.close();
    }
  });
  if (!loaded.ok) return loaded;
  if (listings.gone.length > 0 && attempts > 1) {
    workspace.pin(listings.gone);
    return evaluateGraph(site, request, undefined, attempts - 1);
  }
  const { graph, objects, ...used } = loaded.value.used;
  const reads = readsOf(workspace, loaded.value.reads, used);
  if (!graph.ok) {
    // A fan-out may be over outputs of removed tasks: once the ledger releases those files, they are listed as sources.
    const isEmpty = graph.diagnostics.every(({ code }) => code === "INC2528");
    const nothing = { manifest: listings.manifest, tasks: [], sets: [] };
    return isEmpty && releaseSources(workspace, ledger, nothing, reads) ? evaluateGraph(site, request) : graph;
  }
  // Files that the manifest reads and no task makes are sources: the ledger releases them.
  const modules = { modules: [...reads.modules, ...reads.packages], listings: reads.listings };
  if (releaseSources(workspace, ledger, graph.value, modules)) return evaluateGraph(site, request);
  const value: CachedGraph = {
    graph: graph.value,
    reads: { ...reads, listings: listings.withoutOutputs(reads, graph.value), ...expansionsRead(graph.value) },
    digests: moduleDigests(workspace, reads, began),
    objects,
    packed: used.before?.packed,
  };
  return { ok: true, value };
}

/** What was made of an evaluation. */
interface Built {
  readonly graph: Result<Graph>;
  readonly objects: Evaluation["objects"];
  /** Absolute paths of files that decided the code of functions. */
  readonly read: ReadonlySet<string>;
  /** Listings that decided it. */
  readonly matched: GraphReads["listings"];
  /** The graph that was updated. Absent: all was built anew. */
  readonly before?: CachedGraph;
}

interface Building {
  readonly listings: Listings;
  readonly codes: FunctionCodes;
}

function updatedOrBuilt(
  site: GraphSite,
  latest: CachedGraph | undefined,
  evaluation: Evaluation,
  building: Building,
): Built {
  const updated = latest && updatedBy(site, latest, evaluation, building);
  if (updated !== undefined) return updated;
  building.codes.forget();
  return builtBy(evaluation, building);
}

function builtBy(evaluation: Evaluation, { listings, codes }: Building): Built {
  const graph = buildWith(codes, evaluation, listings.buildContext);
  return { objects: evaluation.objects, graph, read: codes.read, matched: listings.matched(codes.patterns) };
}

/** Undefined: the graph has to be built as a whole. */
function updatedBy(
  site: GraphSite,
  before: CachedGraph,
  evaluation: Evaluation,
  { listings, codes }: Building,
): Built | undefined {
  const context = listings.buildContext;
  let value: Graph | undefined;
  phase(
    "access",
    "update",
    () => {
      value = updateGraph({ earlier: earlierOf(site, before), evaluation, context, codes, withCode });
    },
    () => (value === undefined ? "all has to be expanded" : "what has changed was expanded"),
  );
  if (value === undefined) return undefined;
  const matched = listings.matched(codes.patterns);
  return { objects: evaluation.objects, graph: { ok: true, value }, read: codes.read, matched, before };
}

function readsOf(
  workspace: Workspace,
  found: LoadedManifest<unknown>["reads"],
  { read, matched, before }: Pick<Built, "read" | "matched" | "before">,
): GraphReads {
  const now = {
    ...found,
    packages: [...new Set([...found.packages, ...read])],
    listings: [...found.listings, ...matched],
    env: variableDigests(workspace, found.env),
  };
  return before === undefined ? now : togetherRead(before.reads, now);
}

function earlierOf({ workspace, store }: GraphSite, { graph, reads }: CachedGraph): Earlier {
  // A damaged blob must not say of an element that it stayed.
  const text = (digest: Digest): string | undefined => {
    const bytes = store?.blobs.read(digest);
    return bytes !== undefined && workspace.hasher.digest(bytes) === digest ? bytes.toString("latin1") : undefined;
  };
  return { graph, listings: reads.listings, text };
}

function buildWith(codes: FunctionCodes, evaluation: Evaluation, context: Omit<BuildContext, "codeOf">): Result<Graph> {
  return withCode(codes, () => buildDespite(evaluation, { ...context, codeOf: codes.codeOf }, () => codes.forget()));
}

/** Builds a graph, and gives it the code of its functions. */
function withCode(codes: FunctionCodes, build: () => Result<Graph>): Result<Graph> {
  const graph = build();
  if (!graph.ok) return graph;
  // Several functions may reach the code that is wrong.
  if (codes.problems.length > 0) return { ok: false, diagnostics: distinct(codes.problems) };
  const { table } = codes;
  return table === undefined ? graph : { ok: true, value: { ...withReadVariables(graph.value), code: table } };
}

/**
 * Builds the graph. If it cannot be built with the units of what tasks have made, it is built without them, and they bear the
 * problems: else no task could run to make something better.
 * @param onRetry Called before it is built without them.
 */
function buildDespite(evaluation: Evaluation, context: BuildContext, onRetry: () => void): Result<Graph> {
  let isExpanded = false;
  const graph = buildGraph(evaluation, {
    ...context,
    read: (fannedOut) => {
      const source = context.read(fannedOut);
      isExpanded ||= source.digest !== null;
      return source;
    },
  });
  if (graph.ok || !isExpanded) return graph;
  const problems = graph.diagnostics;
  onRetry();
  return buildGraph(evaluation, {
    ...context,
    read: (fannedOut) => ({ digest: context.read(fannedOut).digest, problems }),
  });
}

/** The file listings of one evaluation, for `list()` and `each()`. */
class Listings {
  readonly #site: Site;
  readonly #sources: boolean;
  readonly #results: (readonly string[])[] = [];
  readonly #expanded: GraphReads["listings"][number][] = [];
  /** The manifest's workspace path. */
  readonly manifest: string;
  /** Paths that were listed but vanished before the graph was built, as opposed to misspelt names. */
  readonly gone: string[] = [];

  constructor(site: Site, { manifest, sources = true }: GraphRequest) {
    this.#site = site;
    this.#sources = sources;
    this.manifest = relative(site.workspace.root, manifest);
  }

  readonly list: LoadContext["list"] = (set, directories) => this.#record(listed(this.#site, { set, directories }, []));

  get buildContext(): UpdateContext {
    const { workspace } = this.#site;
    return {
      workspace: workspace.root,
      expand: (set, outputs, groups) => this.#expand({ set, directories: false }, outputs, groups),
      exists: (path) => !this.#sources || exists(workspace, path) || this.#isGone(path),
      read: (fannedOut) => readExpansion(workspace, fannedOut),
      readText: (fannedOut) => readExpansionText(workspace, fannedOut),
      digest: (bytes) => workspace.hasher.digest(bytes),
    };
  }

  /** Listings of files by absolute patterns. */
  matched(patterns: ReadonlySet<string>): GraphReads["listings"] {
    const { root } = this.#site.workspace;
    const location = { file: join(root, this.manifest), line: 1, column: 1 };
    return [...patterns].map((pattern) => {
      const patterns = [relative(root, pattern)];
      const set = { patterns, exclude: [], gitignore: false, label: patterns.join(), location, allowEmpty: true };
      return { set, directories: false, result: listed(this.#site, { set, directories: false }, []) };
    });
  }

  /** The latest result of each listing, without the paths that tasks of the graph make. */
  withoutOutputs(
    { listings }: Pick<LoadedManifest<unknown>["reads"], "listings">,
    graph: Graph,
  ): GraphReads["listings"] {
    const keyOf = ({ set, directories }: ListedSet): string => JSON.stringify([set, directories]);
    const asked = new Set(listings.filter(({ isFannedOut }) => isFannedOut !== true).map(keyOf));
    const last = new Map([...listings, ...this.#expanded].map((listing) => [keyOf(listing), listing]));
    const made = this.#site.ledger.claims(graph.tasks);
    return [...last.values()].map(({ set, directories, result }) => ({
      set,
      directories,
      result: result.filter((path) => !made.has(path)),
      ...(asked.has(keyOf({ set, directories })) ? {} : { isFannedOut: true }),
    }));
  }

  #record(result: readonly string[]): readonly string[] {
    this.#results.push(result);
    return result;
  }

  #expand(listing: ListedSet, outputs: ReadonlySet<string>, groups: ReadonlySet<string>): readonly string[] {
    const isOutput = (owned: Owned): boolean => owned.manifest !== this.manifest || isUnitOf(owned, groups);
    const all = this.#record(listed(this.#site, listing, [], isOutput));
    const result = all.filter((path) => !isWithinAny(path, outputs));
    this.#expanded.push({ ...listing, result, isFannedOut: true });
    return result;
  }

  #isGone(path: string): boolean {
    const found = this.#results.some((result) => result.includes(path));
    if (found) this.gone.push(path);
    return found;
  }
}

function expansionsRead({ expansions }: Graph): Pick<GraphReads, "expansions"> {
  return expansions === undefined
    ? {}
    : { expansions: expansions.map(({ over, path, digest }) => ({ over, path, digest })) };
}

/** True also for a path that cannot be examined: the task that reads it reports the error. */
function exists(workspace: Workspace, path: string): boolean {
  try {
    return workspace.files.stat(workspace.absolute(path)) !== undefined;
  } catch {
    return true;
  }
}
