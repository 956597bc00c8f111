import { relative } from "node:path";
import { literalsOf } from "../graph/resolve.ts";
import type { Owned } from "../model/entry.ts";
import type { FileSet, Graph } from "../model/graph.ts";
import type { Ledger } from "./ledger.ts";
import type { Workspace } from "./workspace.ts";

/** True for what a unit of one of these `each`es made, whether there still is such a unit or not. */
export function isUnitOf({ task }: Owned, groups: ReadonlySet<string>): boolean {
  const bracket = task.indexOf("[");
  return bracket > 0 && groups.has(task.slice(0, bracket));
}

/**
 * What inc wrote and no task of the graph makes any more, but the manifest names, matches or imports now, is a source: the
 * ledger lets go of it, so that it is not removed, and sets see it. A set, or a directory that is read, does not take what a
 * unit of an `each` made whose element is gone: that is to be removed.
 * @param modules Absolute paths of what evaluation loaded.
 */
export function releaseSources(workspace: Workspace, ledger: Ledger, graph: Graph, modules: readonly string[]): void {
  const stale = ledger.stale(graph);
  if (stale.length === 0) return;
  const named = new Set([...namedBy(graph), ...modules.map((path) => relative(workspace.root, path))]);
  const groups = new Set(graph.groups);
  let members: ReadonlySet<string> | undefined;
  for (const owned of stale) {
    const isMatched = (): boolean => {
      if (isUnitOf(owned, groups)) return false;
      members ??= new Set(graph.sets.flatMap((set) => [...workspace.expand(set)]));
      return [...named].some((path) => owned.path.startsWith(`${path}/`)) || holds(members, owned.path);
    };
    if (workspace.files.stat(workspace.absolute(owned.path)) === undefined) continue;
    if (holds(named, owned.path) || isMatched()) ledger.release(owned);
  }
}

/** Paths that stand in the manifest as something that is read. */
function namedBy(graph: Graph): readonly string[] {
  const inputs = graph.tasks.flatMap((task) => [
    ...task.inputs.flatMap((input) => (input.kind === "file" ? [input.path] : [])),
    ...task.mutates,
  ]);
  return [...inputs, ...graph.sets.flatMap((set: FileSet) => [...literalsOf(set)])].filter((path) => path !== ".");
}

/** True when it, or something in it, is one of them. */
function holds(members: ReadonlySet<string>, path: string): boolean {
  if (members.has(path)) return true;
  for (const member of members) if (member.startsWith(`${path}/`)) return true;
  return false;
}
