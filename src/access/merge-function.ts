import { dirname } from "node:path";
import type { CachedGraph } from "../graph/cached.ts";
import { parseParam } from "../graph/params.ts";
import { Paths } from "../graph/paths.ts";
import { fileSetOf } from "../graph/resolve.ts";
import type { MergeFunction, ObjectDeclaration } from "../manifest/declaration.ts";
import { loadManifest } from "../manifest/load/load.ts";
import type { LoadContext } from "../manifest/load/recorder.ts";
import type { ObjectSource } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** The function that merges an object's versions. It is code, and in no cached graph: the manifest is evaluated for it. */
export async function mergeFunctionOf(
  workspace: Workspace,
  cached: CachedGraph,
  manifest: string,
  params: Readonly<Record<string, string>>,
  object: ObjectSource,
): Promise<Result<MergeFunction | undefined>> {
  if (typeof object.conflict === "string" || object.conflict.merge !== "function")
    return { ok: true, value: undefined };
  const find = (declared: readonly ObjectDeclaration[]) => declared.find(({ name }) => name === object.name)?.merge;
  if (cached.objects !== undefined) return { ok: true, value: find(cached.objects) };
  const context: LoadContext = {
    workspace: workspace.root,
    params,
    list: (set, directories) => workspace.expand(set, directories),
    setOf: (declaration) => fileSetOf(declaration, new Paths(workspace.root, dirname(manifest))),
    parseParam,
  };
  const loaded = await loadManifest(manifest, context, ({ objects }) => find(objects));
  return loaded.ok ? { ok: true, value: loaded.value.used } : loaded;
}
