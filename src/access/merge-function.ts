import type { CachedGraph } from "../graph/cached.ts";
import { loadContext } from "../graph/load-context.ts";
import type { MergeFunction, ObjectDeclaration } from "../manifest/declaration.ts";
import { loadManifest } from "../manifest/load/load.ts";
import type { ObjectSource } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { GraphRequest } from "./evaluate.ts";

/** A graph and its workspace. */
interface LoadedGraph {
  readonly workspace: Workspace;
  readonly cached: CachedGraph;
}

/** The function that merges an object's versions. Cached graphs hold no functions, so this evaluates the manifest. */
export async function mergeFunctionOf(
  { workspace, cached }: LoadedGraph,
  request: GraphRequest,
  object: ObjectSource,
): Promise<Result<MergeFunction | undefined>> {
  if (typeof object.conflict === "string" || object.conflict.merge !== "function")
    return { ok: true, value: undefined };
  const find = (declared: readonly ObjectDeclaration[]) => declared.find(({ name }) => name === object.name)?.merge;
  if (cached.objects !== undefined) return { ok: true, value: find(cached.objects) };
  const context = loadContext({ workspace: workspace.root, ...request }, (set, directories) =>
    workspace.expand(set, directories),
  );
  const loaded = await loadManifest(request.manifest, context, ({ objects }) => find(objects));
  return loaded.ok ? { ok: true, value: loaded.value.used } : loaded;
}
