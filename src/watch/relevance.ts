import { relative } from "node:path";
import { setMatcher } from "../files/glob.ts";
import type { CachedGraph } from "../graph/cached.ts";
import { readersFor } from "../graph/dependencies.ts";
import { readsOf } from "../graph/reads.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { FileSet, Graph, GraphReads, Task } from "../model/graph.ts";
import { ancestors, isWithin, isWithinAny } from "../model/path.ts";
import type { Workspace } from "../workspace/workspace.ts";

type Matches = (path: string) => boolean;

/** Which changes of files concern a pipeline. Digests decide: what has the content that the last run saw concerns nobody. */
export class Relevance {
  readonly #workspace: Workspace;
  readonly #graph: Graph;
  readonly #sets: readonly Matches[];
  readonly #listings: readonly (GraphReads["listings"][number] & {
    readonly matches: Matches;
  })[];
  /** Of a listing's result. */
  readonly #members = new Map<readonly string[], ReadonlySet<string>>();
  readonly #made: ReadonlySet<string>;
  /** Directories with something in them that tasks make. */
  readonly #above: ReadonlySet<string>;
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
    this.#named = new Set([
      ...graph.tasks.flatMap(pathsOf),
      ...[...reads.modules, ...reads.packages].map((path) => relative(workspace.root, path)),
    ]);
  }

  /** True when a run may decide otherwise than the last one did. */
  concerns(path: string): boolean {
    return [path, ...this.#workspace.otherNames(path)].some((name) => this.#concerns(name));
  }

  #concerns(path: string): boolean {
    const differs = this.#differs(path);
    if (differs !== undefined) return differs || this.#isOutdated(path);
    return this.#matchesOrNamed(path) || path.split("/").at(-1) === ".gitignore";
  }

  /**
   * True when a listing that the graph was made of has another member by now, though the last run has seen it come or go: it
   * went on with the graph that it had.
   */
  #isOutdated(path: string): boolean {
    const type = this.#workspace.typeOf(path);
    return this.#listings.some(({ matches, set, directories, result }) => {
      const isOfType = type === (directories ? "directory" : "file");
      const members = this.#members.get(result) ?? new Set(result);
      this.#members.set(result, members);
      if (members.has(path)) return !isOfType && type !== "link";
      // What git ignores matches, too.
      return isOfType && !set.gitignore && matches(path) && !isWithinAny(path, this.#made);
    });
  }

  /** True when a task reads a path, and something else stands there than its attempt was given. */
  upsets(task: string, path: string): boolean {
    const { tasks } = this.#graph;
    const upset = tasks.find(({ id }) => id === task);
    // What it changes in place itself upsets it not.
    if (upset === undefined || upset.mutates.some((mutated) => isWithin(path, mutated))) return false;
    const readers = readersFor(tasks, upset);
    return [path, ...this.#workspace.otherNames(path)].some(
      (name) => readers.some((reader) => this.#reads(reader, name)) && this.#differs(name) !== false,
    );
  }

  /** True when something else stands at a path than the run was given, and the path is none that tasks make. */
  isEdited(path: string): boolean {
    return !this.#leadsToMade(path) && this.#matchesOrNamed(path) && this.#differs(path) !== false;
  }

  /** True for what tasks make, and for the directories that it is in: they change as it is made. */
  #leadsToMade(path: string): boolean {
    return this.#above.has(path) || isWithinAny(path, this.#made);
  }

  #matchesOrNamed(path: string): boolean {
    return this.#matches(path) || isWithinAny(path, this.#named);
  }

  /** True when some task reads one of these published objects. */
  isRead(names: ReadonlySet<string>): boolean {
    return this.#graph.objects.some(({ name }) => names.has(name));
  }

  /** True when a task reads one of these published objects. */
  readsObject(task: string, names: ReadonlySet<string>): boolean {
    const { tasks } = this.#graph;
    const reader = names.size === 0 ? undefined : tasks.find(({ id }) => id === task);
    if (reader === undefined) return false;
    return readersFor(tasks, reader).some((each) => readsOf(each).objects.some(({ name }) => names.has(name)));
  }

  /** True when a task reads or makes a path itself. */
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

  /** What cannot be read is looked at by a run, which says so. */
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
