import { resolve } from "node:path";
import type { CachedGraph } from "../../graph/cached.ts";
import { upstreamOf } from "../../graph/dependencies.ts";
import { findsInputs, readsOf } from "../../graph/reads.ts";
import type { Graph, Output, Task } from "../../model/graph.ts";
import { ancestors, isWithinAny } from "../../model/path.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import { type RunPins, toolKey } from "./pins.ts";

export interface LookedIntoSources {
  readonly workspace: Workspace;
  readonly graph: Graph;
  readonly cached: CachedGraph;
  readonly tasks: readonly Task[];
}

/**
 * Tells which outputs decide more than the fingerprints of what reads them as a whole: a tool is looked for in them, the
 * manifest imports them, an `each` fans out over them, a command works in them or changes them in place, or a depfile may name what is in them.
 */
export function lookedInto(sources: LookedIntoSources, pins: RunPins): (path: string) => boolean {
  const { workspace, graph, tasks, cached } = sources;
  const tools = toolPlaces(sources, pins);
  const modules = cached.digests;
  // It is not known what is looked at.
  if (tools === undefined || modules === undefined) return () => true;
  const looked = [
    ...tools,
    ...Object.keys(modules).map((path) => workspace.index.relative(path)),
    ...tasks.flatMap(({ cwd }) => (cwd === "." ? [] : [cwd])),
    ...(graph.expansions ?? []).map(({ path }) => path),
  ];
  const whole = new Set([...directoriesBeforeDepfiles(sources), ...tasks.flatMap(({ mutates }) => mutates)]);
  const inside = new Set([...looked, ...whole].flatMap((path) => [path, ...ancestors(path)]));
  return (path) => inside.has(path) || isWithinAny(path, whole);
}

/** Every path at which a tool is looked for. Undefined: one is not found now, so that it may be anywhere. */
function toolPlaces({ workspace, graph, tasks }: LookedIntoSources, pins: RunPins): readonly string[] | undefined {
  const files = new Set(outputsOf(graph.tasks, "file"));
  const places = new Map<string, readonly string[] | undefined>();
  for (const task of tasks)
    for (const name of readsOf(task).tools) {
      const key = toolKey(name, task.cwd);
      if (places.has(key)) continue;
      // A program that a task makes is identified by its file alone, as any input is.
      const path = workspace.index.relative(resolve(workspace.root, task.cwd, name));
      const looked = (): readonly string[] | undefined => pins.presentTool(name, task.cwd)?.looked;
      places.set(key, name.includes("/") ? [path].filter((made) => !files.has(made)) : looked());
    }
  const all = [...places.values()];
  if (all.some((looked) => looked === undefined)) return undefined;
  return all.flatMap((looked = []) => looked.map((path) => workspace.index.relative(workspace.absolute(path))));
}

function directoriesBeforeDepfiles({ graph, tasks }: LookedIntoSources): readonly string[] {
  const finding = tasks.filter(findsInputs);
  const byId = new Map(graph.tasks.map((task) => [task.id, task]));
  const before = new Set(finding.flatMap(({ id }) => [...upstreamOf(byId, id)]));
  return outputsOf(
    graph.tasks.filter(({ id }) => before.has(id)),
    "directory",
  );
}

function outputsOf(tasks: readonly Task[], type: Output["type"]): readonly string[] {
  return tasks.flatMap(({ outputs }) => outputs.flatMap((output) => (output.type === type ? [output.path] : [])));
}
