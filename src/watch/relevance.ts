import { relative } from "node:path";
import { setMatcher } from "../files/glob.ts";
import type { CachedGraph } from "../graph/cached.ts";
import { readersFor } from "../graph/dependencies.ts";
import { readsOf } from "../graph/reads.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { GraphReads } from "../model/evaluation/reads.ts";
import type { FileSet, Graph, Task } from "../model/graph.ts";
import { ancestors, isWithin, isWithinAny } from "../model/path.ts";
import type { Workspace } from "../workspace/workspace.ts";

type Matches = (path: string) => boolean;

/**
 * Decides which changes of files concern a pipeline. Digests decide: a file with the content that the last run saw
 * does not.
 */
export class Relevance {
  readonly #workspace: Workspace;
  readonly #graph: Graph;
  readonly #sets: readonly Matches[];
  readonly #listings: readonly (GraphReads["listings"][number] & {
    readonly matches: Matches;
  })[];
  /** The members of each listing, by its result. */
  readonly #members = new Map<readonly string[], ReadonlySet<string>>();
  readonly #made: ReadonlySet<string>;
  /** The directories above the outputs of tasks. */
  readonly #above: ReadonlySet<string>;
  /** The modules and packages that the manifest was evaluated from. */
  readonly #modules: ReadonlySet<string>;
  readonly #named: ReadonlySet<string>;

  /** @param workspace With the index of the last run. */
  constructor(workspace: Workspace, { graph, reads }: CachedGraph) {
    this.#workspace = workspace;
    this.#graph = graph;
    const matcherOf = (set: FileSet): Matches => setMatcher(set);
    this.#sets = graph.sets.map(matcherOf);
    this.#listings = reads.listings.map((listing) => ({ ...listing, matches: matcherOf(listing.set) }));
    this.#made = new Set(graph.tasks.flatMap(({ outputs }) => outputs.map(({ path }) => path)));
    this.#above = new Set([...this.#made].flatMap((path) => [...ancestors(path)]));
    this.#modules = new Set([...reads.modules, ...reads.packages].map((path) => relative(workspace.root, path)));
    this.#named = new Set([...graph.tasks.flatMap(pathsOf), ...this.#modules]);
  }

  /** True when a run may decide differently from the last one. */
  concerns(path: string): boolean {
    return [path, ...this.#workspace.otherNames(path)].some((name) => this.#concerns(name));
  }

  #concerns(path: string): boolean {
    const differs = this.#differs(path);
    if (differs !== undefined) return differs || this.#isOutdated(path) || this.#isMissingModule(path);
    return this.#matchesOrNamed(path) || path.split("/").at(-1) === ".gitignore";
  }

  /**
   * True when a listing that the manifest read has a different member now. The last run may have seen the path come
   * or go, but used the graph that it had.
   */
  #isOutdated(path: string): boolean {
    const type = this.#workspace.typeOf(path);
    return this.#listings.some(({ matches, set, directories, result }) => {
      const isOfType = type === (directories ? "directory" : "file");
      const members = this.#members.get(result) ?? new Set(result);
      this.#members.set(result, members);
      if (members.has(path)) return !isOfType && type !== "link";
      if (!isOfType || !matches(path) || isWithinAny(path, this.#made)) return false;
      // The matcher knows no .gitignore, so such a set may not have the path.
      return !set.gitignore || this.#workspace.expand(set, directories).includes(path);
    });
  }

  /** The index does not know the modules of a cached graph, so it finds no difference when one is deleted. */
  #isMissingModule(path: string): boolean {
    return this.#modules.has(path) && this.#workspace.typeOf(path) === undefined;
  }

  /** True when a task reads a path that differs from what its attempt was given. */
  upsets(task: string, path: string): boolean {
    const { tasks } = this.#graph;
    const upset = tasks.find(({ id }) => id === task);
    // A task's own in-place edits do not cancel it.
    if (upset === undefined || upset.mutates.some((mutated) => isWithin(path, mutated))) return false;
    const readers = readersFor(tasks, upset);
    return [path, ...this.#workspace.otherNames(path)].some(
      (name) => readers.some((reader) => this.#reads(reader, name)) && this.#differs(name) !== false,
    );
  }

  /**
   * True when a path differs from what the run was given, and no task makes it. Paths that no task names count, too, when the
   * run has seen them: what a depfile names, a directory of a set that is gone.
   */
  isEdited(path: string): boolean {
    if (this.#leadsToMade(path)) return false;
    const differs = this.#differs(path);
    return differs === true || (differs === undefined && this.#matchesOrNamed(path));
  }

  /** True for the outputs of tasks and for the directories above them, which change when an output is made. */
  #leadsToMade(path: string): boolean {
    return this.#above.has(path) || isWithinAny(path, this.#made);
  }

  #matchesOrNamed(path: string): boolean {
    return this.#matches(path) || isWithinAny(path, this.#named);
  }

  /** True when a task itself, not a service that it needs, reads or makes a path. */
  touches(task: Task, path: string): boolean {
    return this.#reads(task, path) || task.outputs.some((output) => isWithin(path, output.path));
  }

  #reads(task: Task, path: string): boolean {
    const { paths, sets } = readsOf(task);
    return paths.some((read) => isWithin(path, read)) || sets.some((set) => this.#sets[set]?.(path) === true);
  }

  #matches(path: string): boolean {
    return this.#sets.some((matches) => matches(path)) || this.#listings.some(({ matches }) => matches(path));
  }

  /** A path that cannot be read counts as different: a run reports why. */
  #differs(path: string): boolean | undefined {
    try {
      return this.#workspace.index.differs(path);
    } catch (error) {
      if (error instanceof DiagnosticError) return true;
      throw error;
    }
  }
}

function pathsOf(task: Task): readonly string[] {
  return [...readsOf(task).sources, ...task.outputs].map(({ path }) => path);
}
