import { basename } from "node:path";
import type { FileSet, Graph, Input, Task } from "../../model/graph.ts";
import { ancestors, isWithin, isWithinAny } from "../../model/path.ts";
import { literalBase } from "../../model/pattern.ts";
import type { FreshTasks } from "../../workspace/snapshot.ts";

/** What the search starts from. */
export interface UntouchedSources {
  /** Paths that the opening look found to be others; all others that it knows of are the same. */
  readonly moved: readonly string[];
  /**
   * Other places in which something may have changed: what tasks make now that made something else, or nothing, in the graph that
   * the snapshot knows, or the other way round; and what was written since the look.
   */
  readonly others: readonly string[];
  /** Symlinks in the workspace that it knows of. */
  readonly links: readonly string[];
  /** What decides which files git ignores. */
  readonly git: ReadonlySet<string>;
  readonly graph: Graph;
  /** In topological order. */
  readonly tasks: readonly Task[];
  readonly fresh: FreshTasks;
  /** True for a task that is decided whatever has changed. */
  isDecided(task: Task): boolean;
  /** True when a tool is found as it was. */
  sameTool(name: string, cwd: string): boolean;
  /** True for an object of which no version was published since. */
  sameObject(name: string): boolean;
  /** True for a path that was a file and is one. */
  isStillFile(path: string): boolean;
  /** Sets by which the manifest listed files: the graph is made of what they give now. */
  readonly listed: readonly FileSet[];
  /** True for a task that the graph which the snapshot knows declares in the same way. */
  isDeclaredAsKnown(task: Task): boolean;
  /** True for a task that has ended well: the graph is expanded from what it has made. */
  hasExpanded(maker: string): boolean;
}

/** What the search finds. */
export interface Found {
  readonly tasks: readonly Task[];
  /** Indexes of reached sets that have the members that they had, each with changed files, members among them. */
  readonly sets: ReadonlyMap<number, readonly string[]>;
}

const NOTHING: Found = { tasks: [], sets: new Map() };

/**
 * The tasks that nothing reaches of what has changed since all of them were fresh: dirty propagation along the edges of the
 * graph, from the paths that the opening look found to be others. Such a task is fresh without a look at its paths. What the
 * search does not understand, it takes for reached: a reached task is decided as ever. It understands
 *
 *  - files that a task names, finds or makes, and that are no links: they are the same, or the task is reached;
 *  - sets, by the directories that their patterns begin in: a change in one reaches all that read the set.
 *
 * A changed path that is neither may be anything (a rule of git's, what a link leads to): then no task counts as untouched.
 *
 * A reached set keeps its members where only files of it have changed, and it has no links: whatever is made, removed or
 * renamed in a directory changes the directory's times.
 */
export function untouched(sources: UntouchedSources): Found {
  const { moved, graph, tasks } = sources;
  if ([...moved, ...sources.others].some((path) => isSpecial(path) || sources.git.has(path))) return NOTHING;
  // What such a link leads to decides which files git ignores, whatever its name.
  if (sources.links.some((path) => basename(path) === ".gitignore")) return NOTHING;
  const dirty = dirtySets(sources);
  const reached = new Reached(sources, dirty);
  const untouched = tasks.filter((task) => !reached.has(task));
  const bases = new Bases([...graph.sets, ...sources.listed]);
  const isUnderstood = (path: string): boolean => reached.named.has(path) || bases.meet(path);
  return moved.every(isUnderstood) ? { tasks: untouched, sets: steadySets(sources, dirty) } : NOTHING;
}

/** Rules and settings of git's count for sets anywhere, and paths outside of the workspace for all sorts of things. */
function isSpecial(path: string): boolean {
  return path.startsWith("/") || path.split("/").some((step) => step === ".git" || step === ".gitignore");
}

/** Indexes of the sets that may have other members or other content, or for which that is unknown. */
function dirtySets({ moved, others, links, graph }: UntouchedSources): ReadonlySet<number> {
  const changes = new Around([...moved, ...others, ...links]);
  return new Set(graph.sets.flatMap((set, index) => (basesOf(set).some((base) => changes.touch(base)) ? [index] : [])));
}

/** The dirty sets that have the members that they had. */
function steadySets(sources: UntouchedSources, dirty: ReadonlySet<number>): Found["sets"] {
  const { moved, links, graph, fresh } = sources;
  const notFiles = moved.filter((path) => !sources.isStillFile(path));
  const others = new Around([...links, ...notFiles, ...sources.others]);
  const files = moved.filter((path) => sources.isStillFile(path));
  const steady = new Map<number, readonly string[]>();
  for (const index of dirty) {
    const bases = basesOf(graph.sets[index] as FileSet);
    const isSteady = (fresh.sets[index] ?? null) !== null && !bases.some((base) => others.touch(base));
    const inside = files.filter((path) => bases.some((base) => isWithin(path, base)));
    if (isSteady) steady.set(index, inside);
  }
  return steady;
}

/** The directories that a set's patterns begin in; empty for the workspace itself. */
function basesOf({ patterns }: FileSet): readonly string[] {
  return patterns.map(literalBase);
}

/** Paths with all that is above them. */
class Around {
  readonly #paths: ReadonlySet<string>;
  readonly #above: Set<string>;

  constructor(paths: Iterable<string>) {
    this.#paths = new Set(paths);
    this.#above = new Set([...this.#paths].flatMap((path) => [...ancestors(path)]));
  }

  /** True when one of the paths is in a directory, is the directory, or is above it. */
  touch(directory: string): boolean {
    if (this.#paths.size === 0) return false;
    if (directory === "" || this.#paths.has(".") || this.#above.has(directory)) return true;
    return isWithinAny(directory, this.#paths);
  }
}

/** The directories that sets begin in. */
class Bases {
  readonly #around: Around;
  readonly #holdsAll: boolean;

  constructor(sets: readonly FileSet[]) {
    const bases = sets.flatMap(basesOf);
    this.#holdsAll = bases.includes("");
    this.#around = new Around(bases);
  }

  /** True when a path is in one of them, or on the way to one. */
  meet(path: string): boolean {
    return this.#holdsAll || this.#around.touch(path);
  }
}

/** Whether tasks are reached, asked in topological order. */
class Reached {
  /** Changed paths that a task names, finds or makes. */
  readonly named = new Set<string>();
  readonly #sources: UntouchedSources;
  readonly #moved: ReadonlySet<string>;
  readonly #dirty: ReadonlySet<number>;
  readonly #others: Around;
  readonly #touched = new Set<string>();

  constructor(sources: UntouchedSources, dirty: ReadonlySet<number>) {
    this.#sources = sources;
    this.#moved = new Set(sources.moved);
    this.#dirty = dirty;
    this.#others = new Around(sources.others);
  }

  has(task: Task): boolean {
    const isReached = this.#isReached(task);
    if (isReached) this.#touched.add(task.id);
    return isReached;
  }

  /** Looks at all parts of a task, so that `named` is complete. */
  #isReached(task: Task): boolean {
    const { fresh, isDecided, isDeclaredAsKnown, hasExpanded } = this.#sources;
    const row = fresh.tasks.row(task.id);
    // What a link leads to and what is in a directory is not told by how it looks.
    let is = row === undefined || fresh.tasks.form(row) !== 1 || isDecided(task) || !isDeclaredAsKnown(task);
    for (const input of task.inputs) is = this.#reaches(input, task) || is;
    if (row !== undefined) for (const path of fresh.tasks.found(row)) is = this.#isOther(path) || is;
    for (const { path } of task.outputs) is = this.#isOther(path) || is;
    for (const { task: maker } of task.expandedFrom ?? []) is ||= this.#touched.has(maker) && !hasExpanded(maker);
    for (const id of task.after) is ||= this.#touched.has(id);
    for (const id of task.orderedAfter ?? []) is ||= this.#touched.has(id);
    return is;
  }

  #reaches(input: Input, task: Task): boolean {
    switch (input.kind) {
      case "file":
        return this.#isOther(input.path);
      case "artifact":
        return this.#touched.has(input.task) || this.#isOther(input.path);
      case "files":
        return this.#dirty.has(input.set) || (this.#sources.fresh.sets[input.set] ?? null) === null;
      case "tool":
        return !this.#sources.sameTool(input.name, task.cwd);
      case "entry":
      case "service":
        return this.#touched.has(input.task);
      case "units":
        return input.items.some(
          ({ task: unit, path }) => this.#touched.has(unit) || (path !== undefined && this.#isOther(path)),
        );
      // The same request.
      case "param":
      case "env":
        return false;
      case "object":
        return !this.#sources.sameObject(input.name);
      default:
        return input satisfies never;
    }
  }

  #isOther(path: string): boolean {
    const isOther = this.#moved.has(path);
    if (isOther) this.named.add(path);
    return isOther || this.#others.touch(path);
  }
}
