import { relative } from "node:path";
import { readsOf } from "../graph/reads.ts";
import { literalsOf } from "../graph/resolve.ts";
import type { Owned } from "../model/entry.ts";
import type { FileSet, Graph } from "../model/graph.ts";
import { isWithin, isWithinAny } from "../model/path.ts";
import { isUnitOf, type Ledger } from "./ledger.ts";
import { ReadPaths } from "./read-paths.ts";
import type { Workspace } from "./workspace.ts";

/** What evaluation read and the graph does not hold. */
export interface EvaluationReads {
  /** Absolute paths of what it loaded. */
  readonly modules: readonly string[];
  readonly listings: readonly { readonly set: FileSet; readonly directories: boolean }[];
}

type Declared = Pick<Graph, "manifest" | "tasks" | "sets" | "groups" | "expansions">;

/**
 * Turns stale outputs that the manifest now names, matches or imports, also by symlinks, into sources: the ledger
 * releases them, so that they are not removed and sets include them. Outputs of an `each` whose element is gone are
 * removed nevertheless where only a set, a listing or a read directory includes them.
 * @returns True when a listing gains a path, so that the manifest has to be evaluated again.
 */
export function releaseSources(workspace: Workspace, ledger: Ledger, graph: Declared, reads: EvaluationReads): boolean {
  const stale = ledger.stale(graph).filter(({ path }) => workspace.typeOf(path) !== undefined);
  if (stale.length === 0) return false;
  const paths = new ReadPaths(workspace);
  const named = paths.reached([...namedBy(graph), ...toolsOf(workspace, graph), ...loadedBy(workspace, reads)]);
  const cwds = paths.reached(graph.tasks.map(({ cwd }) => cwd));
  const groups = new Set(graph.groups);
  let members: ReadonlySet<string> | undefined;
  let listed: ReadonlySet<string> | undefined;
  let relisted = false;
  for (const owned of stale) {
    const isUnit = isUnitOf(owned, groups);
    const isMatched = (): boolean => {
      members ??= paths.reached([
        ...graph.sets.flatMap((set) => [...workspace.expand(set)]),
        ...[...named].flatMap((path) => paths.linksIn(path)),
      ]);
      return isWithinAny(owned.path, named) || holds(members, owned.path);
    };
    const isListed = (): boolean => {
      listed ??= paths.reached(reads.listings.flatMap((it) => [...workspace.expand(it.set, it.directories)]));
      return holds(listed, owned.path);
    };
    const taken = !isUnit && !isElement(owned, graph) && isListed();
    if (taken || holds(named, owned.path) || holds(cwds, owned.path) || (!isUnit && isMatched())) ledger.release(owned);
    relisted ||= taken;
  }
  return relisted;
}

/** Paths that the manifest names as something that is read. */
function namedBy(graph: Declared): readonly string[] {
  const inputs = graph.tasks.flatMap((task) => [...readsOf(task).sources.map(({ path }) => path), ...task.mutates]);
  return [...inputs, ...graph.sets.flatMap((set: FileSet) => [...literalsOf(set)])];
}

/** Files in which the tools of tasks are found, as far as they are there. */
function toolsOf(workspace: Workspace, graph: Declared): readonly string[] {
  const looked = graph.tasks.flatMap((task) =>
    readsOf(task).tools.flatMap((name) => workspace.resolveTool(name, task.cwd, { isMade: () => false })?.looked ?? []),
  );
  return looked.filter((path) => workspace.typeOf(path) !== undefined);
}

function loadedBy(workspace: Workspace, { modules }: EvaluationReads): readonly string[] {
  return modules.map((path) => relative(workspace.root, path));
}

/** True for what a task of a list or record made that still has other tasks: most likely its element is gone. */
function isElement({ task }: Owned, graph: Declared): boolean {
  const dot = task.lastIndexOf(".");
  return dot > 0 && graph.tasks.some(({ id }) => id.startsWith(task.slice(0, dot + 1)));
}

/** True when it, or something in it, is one of them. */
function holds(members: ReadonlySet<string>, path: string): boolean {
  if (members.has(path)) return true;
  for (const member of members) if (isWithin(member, path)) return true;
  return false;
}
