import { posix, resolve } from "node:path";
import { setMatcher } from "../../files/glob.ts";
import type { CachedGraph } from "../../graph/cached.ts";
import { isMutated } from "../../graph/mutations.ts";
import { findsInputs, readsOf } from "../../graph/reads.ts";
import type { FileSet, Graph, Task } from "../../model/graph.ts";
import { overlap, workspacePath } from "../../model/path.ts";
import { literalBase } from "../../model/pattern.ts";
import type { Open } from "../../workspace/open-workspace.ts";
import type { Changes } from "./changes.ts";

type KnownChanges = Changes & { readonly kind: "known" };

/** The tasks whose results may differ because of changed files. */
export interface Affected {
  readonly tasks: ReadonlySet<string>;
  /** Why all tasks count; absent: each was judged by itself. */
  readonly all?: string;
}

/** What a package manager writes: by it the tools in node_modules, which git does not know, become others. */
const LOCKFILE =
  /(^|\/)(package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?)$/;
/** Decides which files a set holds. */
const IGNORE_RULES = /(^|\/)\.gitignore$/;

/**
 * Finds the tasks that changed files affect: those that read or make one, by what they declare and by the inputs that their latest
 * attempt found, and all that read these tasks' results. Where that is unknown, a task counts as affected.
 *
 * Only files count. Parameters, variables, programs outside of the repository and published objects are as they are.
 */
export function affectedTasks({ workspace, store }: Open, cached: CachedGraph, changes: Changes): Affected {
  const { graph } = cached;
  const every = new Set(graph.tasks.map(({ id }) => id));
  if (changes.kind === "unknown") return { tasks: every, all: "git cannot say what has changed" };
  const decisive = decidesGraph(cached, workspace.root, changes);
  if (decisive !== undefined) return { tasks: every, all: `the pipeline is made of "${decisive}"` };
  if (changes.paths.length > 0 && !cached.reads.repeatable)
    return { tasks: every, all: "the pipeline may have read one of them" };
  const touches = new Touches(graph, changes, workspace);
  const tasks = new Set<string>();
  for (const task of graph.tasks) {
    const found = foundBy(store, graph, task);
    const isTouched = found === undefined || found.some((path) => touches.path(path)) || touches.task(task);
    if (isTouched || [...readsOf(task).tasks].some((id) => tasks.has(id))) tasks.add(task.id);
  }
  return { tasks };
}

/** A changed module of the manifest, or what may be an element of one of its lists; undefined: none changed. */
function decidesGraph({ reads }: CachedGraph, root: string, changes: KnownChanges): string | undefined {
  const modules = new Set([...reads.modules, ...reads.packages].map((module) => workspacePath(root, module)));
  const listings = reads.listings.map(({ set }) => mayHold(set, changes));
  return changes.paths.find((path) => modules.has(path) || listings.some((holds) => holds(path)));
}

/** A predicate for paths that may be members of a set, lead to one, or decide which files are. */
function mayHold(set: FileSet, { ways }: KnownChanges): (path: string) => boolean {
  const matches = setMatcher(set);
  const bases = set.patterns.map(literalBase);
  return (path) => {
    if (set.gitignore && IGNORE_RULES.test(path)) return true;
    return ways.has(path) ? bases.some((base) => overlap(path, base)) : matches(path);
  };
}

/**
 * The paths that the latest attempt of a task found. Undefined: they are not known, since it did not end well or
 * never ran.
 */
function foundBy(store: Open["store"], graph: Graph, task: Task): readonly string[] | undefined {
  if (!findsInputs(task)) return [];
  const record = store.history.latestRecord(graph.manifest, task.id);
  return record?.outcome === "ok" ? Object.keys(record.description.found ?? {}) : undefined;
}

/** Whether changed paths touch what tasks declare. */
class Touches {
  readonly #changes: KnownChanges;
  readonly #workspace: Open["workspace"];
  readonly #sets: readonly boolean[];
  readonly #tools: boolean;

  constructor(graph: Graph, changes: KnownChanges, workspace: Open["workspace"]) {
    this.#changes = changes;
    this.#workspace = workspace;
    this.#sets = graph.sets.map((set) => changes.paths.some(mayHold(set, changes)));
    this.#tools = changes.paths.some((path) => LOCKFILE.test(path));
  }

  task(task: Task): boolean {
    const { sources, sets, tools } = readsOf(task);
    return (
      sets.some((set) => this.#sets[set]) ||
      sources.some(({ path }) => this.path(path)) ||
      task.outputs.some(({ path }) => this.path(path)) ||
      this.#changes.paths.some((path) => isMutated(task, path)) ||
      tools.some((tool) => this.#tools || (tool.includes("/") && this.path(posix.join(task.cwd, tool))))
    );
  }

  /** True when a path, something in it, or something that it is in has changed; also where it leads by symlinks. */
  path(path: string): boolean {
    const { paths } = this.#changes;
    if (paths.some((changed) => overlap(changed, path))) return true;
    const { files, root } = this.#workspace;
    const real = files.realpath(resolve(root, path));
    const target = real === undefined ? path : workspacePath(files.realpath(root) ?? root, real);
    return target !== path && paths.some((changed) => overlap(changed, target));
  }
}
