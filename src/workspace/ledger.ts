import { dirname } from "node:path";
import type { MadeIn } from "../files/closing-look.ts";
import { changedTasks } from "../graph/changed-tasks.ts";
import type { Owned } from "../model/entry.ts";
import { isUnknown } from "../model/evaluation/expansion.ts";
import type { Graph } from "../model/graph.ts";
import { isInnerPath, isReservedPath, isWithinAny } from "../model/path.ts";
import type { Store } from "../store/store.ts";

/** Of how many tasks what is owned is read one by one: to read all of the ledger takes less than more of that. */
const MOST_SINGLE = 1000;

type Declared = Pick<Graph, "tasks" | "manifest" | "expansions">;

/**
 * What inc wrote where, as of now: the store's ledger with what this run has queued on top. It is read as a whole when a
 * question needs that, and path by path as long as it is known to hold nothing but the outputs of one graph.
 */
export class Ledger {
  readonly #store: Pick<Store, "allOwned" | "owned">;
  #all: Map<string, Owned> | undefined;
  /** Until the whole ledger is read: what this run has queued, and what was asked for; undefined: no longer owned. */
  readonly #queued = new Map<string, Owned | undefined>();
  /** Nothing is owned but what tasks of this graph make. */
  #only: Declared | undefined;
  readonly released: Owned[] = [];
  #declared: { readonly tasks: Graph["tasks"]; readonly claims: Claims } | undefined;
  #stale: { readonly graph: Declared; readonly owned: readonly Owned[] } | undefined;

  constructor(store: Pick<Store, "allOwned" | "owned">) {
    this.#store = store;
  }

  get(path: string): Owned | undefined {
    if (this.#all !== undefined) return this.#all.get(path);
    if (this.#queued.has(path)) return this.#queued.get(path);
    const owned = this.#store.owned(path);
    return owned === undefined || !isPlace(owned) ? undefined : owned;
  }

  set(owned: Owned): void {
    this.#put(owned.path, owned);
  }

  delete(path: string): void {
    this.#put(path, undefined);
  }

  /**
   * Notes that the ledger holds nothing but what the tasks of this graph make: the last run left it so, and nothing was
   * committed since.
   */
  holdsOnly(graph: Declared): void {
    this.#only = graph;
  }

  /** True when nothing is owned but what tasks of this graph make. */
  isOnlyOf(graph: Declared): boolean {
    if (this.#only?.tasks === graph.tasks) return true;
    return this.stale(graph).length === 0 && this.ofOthers(graph.manifest).length === 0;
  }

  #put(path: string, owned: Owned | undefined): void {
    if (this.#all === undefined) this.#queued.set(path, owned);
    else if (owned === undefined) this.#all.delete(path);
    else this.#all.set(path, owned);
  }

  #whole(): ReadonlyMap<string, Owned> {
    if (this.#all === undefined) {
      // The store may come from elsewhere.
      const owned = this.#store.allOwned().filter(isPlace);
      this.#all = new Map(owned.map((own) => [own.path, own]));
      for (const [path, queued] of this.#queued) this.#put(path, queued);
    }
    return this.#all;
  }

  /** Gives up the ownership of a path: the next commit records that. */
  release(owned: Owned): void {
    this.delete(owned.path);
    this.released.push(owned);
  }

  /** Owned paths that tasks of the graph's manifest wrote and no task of the graph makes any more. */
  stale(graph: Declared): readonly Owned[] {
    if (this.#only?.tasks === graph.tasks) return [];
    if (this.#stale?.graph !== graph) {
      // Whether a unit is gone is not known before what it is a unit of is there.
      const unknown = new Set((graph.expansions ?? []).filter(isUnknown).map(({ units }) => units));
      const beside = this.#beside(graph.tasks).filter((own) => own.manifest === graph.manifest);
      const owned = beside.filter((own) => !beginsWith(own, unknown));
      this.#stale = { graph, owned };
    }
    // Nothing becomes stale as long as the graph is the same one.
    return this.#stale.owned.filter((owned) => this.get(owned.path) === owned);
  }

  /** What is owned that no task of these makes. */
  #beside(tasks: Graph["tasks"]): readonly Owned[] {
    const others = this.#exceptOf(tasks);
    const declared = new Set<string>();
    for (const { outputs } of tasks) for (const { path } of outputs) if (others.has(path)) declared.add(path);
    return [...others.values()].filter(({ path }) => !declared.has(path));
  }

  /** All that is owned, by path, perhaps without what these tasks make. */
  #exceptOf(tasks: Graph["tasks"]): ReadonlyMap<string, Owned> {
    if (this.#all !== undefined || this.#only === undefined) return this.#whole();
    // Only outputs of tasks of that graph can be owned, and what this run has queued.
    const { gone } = changedTasks(this.#only.tasks, tasks);
    if (gone.length > MOST_SINGLE) return this.#whole();
    const paths = new Set([...gone.flatMap(({ outputs }) => outputs.map(({ path }) => path)), ...this.#queued.keys()]);
    const others = new Map<string, Owned>();
    for (const path of paths) {
      const owned = this.get(path);
      if (owned === undefined) continue;
      others.set(path, owned);
      // The same object when it is asked for again.
      this.#queued.set(path, owned);
    }
    return others;
  }

  ofOthers(manifest: string): readonly Owned[] {
    if (this.#only?.manifest === manifest) return [];
    return [...this.#whole().values()].filter((owned) => owned.manifest !== manifest);
  }

  of(manifest: string): readonly Owned[] {
    return [...this.#whole().values()].filter((owned) => owned.manifest === manifest);
  }

  /**
   * Paths that a glob never matches: what tasks of the graph make, what the ledger owns, and all inside of those.
   * @param counts False for what the ledger owns and a glob may match all the same.
   */
  claims(tasks: Graph["tasks"], counts: (owned: Owned) => boolean = () => true): Claims {
    const declared = this.#claimsOf(tasks);
    if (this.#only?.tasks === tasks) return declared;
    const more: Claim[] = [];
    for (const owned of this.#exceptOf(tasks).values())
      if (counts(owned)) more.push({ path: owned.path, isDirectory: owned.identity.type === "directory" });
    return declared.with(more);
  }

  /** What tasks claim: it is asked for in each round, and by the graph. */
  #claimsOf(tasks: Graph["tasks"]): Claims {
    const before = this.#declared;
    if (before?.tasks === tasks) return before.claims;
    const { gone, come } = changedTasks(before?.tasks ?? [], tasks);
    const isOther = before === undefined || gone.length + come.length > MOST_SINGLE;
    const claims = isOther ? new Claims(claimsOf(tasks)) : before.claims.changed(claimsOf(gone), claimsOf(come));
    this.#declared = { tasks, claims };
    return claims;
  }
}

function claimsOf(tasks: Graph["tasks"]): readonly Claim[] {
  const claims: Claim[] = [];
  for (const task of tasks) {
    for (const { path, type } of task.outputs) claims.push({ path, isDirectory: type === "directory" });
    for (const { path } of task.depfiles) claims.push({ path, isDirectory: false });
  }
  return claims;
}

/** True for an output of a unit of these `each` groups, even if the unit no longer exists. */
export function isUnitOf({ task }: Owned, groups: ReadonlySet<string>): boolean {
  const bracket = task.indexOf("[");
  return bracket > 0 && groups.has(task.slice(0, bracket));
}

/** True for an output of a task whose id begins with one of these, which end at a bracket or at a slash between keys. */
function beginsWith({ task }: Owned, beginnings: ReadonlySet<string>): boolean {
  if (beginnings.size === 0) return false;
  for (let end = task.indexOf("["); end > 0; end = task.indexOf("/", end + 1))
    if (beginnings.has(task.slice(0, end + 1))) return true;
  return false;
}

function isPlace({ path }: Owned): boolean {
  return isInnerPath(path) && !isReservedPath(path);
}

interface Claim {
  readonly path: string;
  readonly isDirectory: boolean;
}

/** A set of paths, and of directories with all that is in them. */
export class Claims {
  readonly #paths: ReadonlySet<string>;
  readonly #directories: ReadonlySet<string>;
  /** What is made in each directory above a claim, from the first question on. */
  #made: Map<string, Made> | undefined;

  constructor(claims: readonly Claim[], paths = new Set<string>(), directories = new Set<string>()) {
    for (const { path, isDirectory } of claims) {
      paths.add(path);
      if (isDirectory) directories.add(path);
    }
    this.#paths = paths;
    this.#directories = directories;
  }

  /** These and more. */
  with(claims: readonly Claim[]): Claims {
    const isNew = ({ path, isDirectory }: Claim): boolean =>
      !this.#paths.has(path) || (isDirectory && !this.#directories.has(path));
    return claims.some(isNew) ? this.changed([], claims) : this;
  }

  /** Others, without some of these. */
  changed(gone: readonly Claim[], come: readonly Claim[]): Claims {
    const [paths, directories] = [new Set(this.#paths), new Set(this.#directories)];
    for (const { path } of gone) {
      paths.delete(path);
      directories.delete(path);
    }
    return new Claims(come, paths, directories);
  }

  /** What is made directly in a directory, and which directories in it lead to what is made. */
  madeIn(directory: string): MadeIn {
    this.#made ??= madeBelow(this.#paths);
    return this.#made.get(directory) ?? NOTHING_MADE;
  }

  equals(other: Claims): boolean {
    return isSame(this.#paths, other.#paths) && isSame(this.#directories, other.#directories);
  }

  has(path: string): boolean {
    return this.#paths.has(path) || (this.#directories.size > 0 && isWithinAny(path, this.#directories));
  }
}

interface Made {
  readonly outputs: Set<string>;
  readonly onTheWay: Set<string>;
}

const NOTHING_MADE: MadeIn = { outputs: new Set(), onTheWay: new Set() };

function madeBelow(claims: Iterable<string>): Map<string, Made> {
  const made = new Map<string, Made>();
  const at = (directory: string): Made => {
    const known = made.get(directory) ?? { outputs: new Set(), onTheWay: new Set() };
    made.set(directory, known);
    return known;
  };
  for (const claim of claims) {
    at(dirname(claim)).outputs.add(claim);
    for (let below = dirname(claim); below !== dirname(below); below = dirname(below))
      at(dirname(below)).onTheWay.add(below);
  }
  return made;
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a === b || (a.size === b.size && [...a].every((path) => b.has(path)));
}
