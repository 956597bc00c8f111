import type { Graph, Input, Task } from "../../model/graph.ts";
import { compareBytes } from "../../model/order.ts";
import { dependencies } from "../dependencies.ts";
import { sortTasks } from "../order.ts";
import { disturbs } from "./disturbance.ts";
import { UpdatedTables } from "./tables.ts";

/** What has changed of the units of an exported `each`, by the keys of its elements. */
export interface GroupChanges {
  /** Units that are there no more, or are others. */
  readonly gone: ReadonlySet<string>;
  /** Some that are as they were. */
  readonly samples: ReadonlySet<string>;
}

/**
 * An earlier graph with the units that have changed. Undefined: it cannot be told from these two what the manifest gives now.
 * @param added The graph of the elements that have come, and of the samples. All else in it has to be as it was.
 * @param groups Each group of which it has no more than those.
 */
export function updatedGraph(
  before: Graph,
  added: Graph,
  groups: ReadonlyMap<string, GroupChanges>,
): Graph | undefined {
  if (!isPlain(before) || !isPlain(added) || !hasSameHead(before, added)) return undefined;
  const tables = new UpdatedTables(before, added);
  if (!tables.isConsistent) return undefined;
  const merge = new Merge(before, added, groups, tables);
  const tasks = merge.tasks();
  return tasks && { ...added, config: merge.config(), tasks, ...tables.tables };
}

/**
 * Without what concerns tasks beside their own declarations: an order for what is changed in place, warnings, elements that could not be
 * expanded. And without an `each` in a callback over what a task makes, which has elements of its own.
 */
function isPlain({ tasks, warnings, expansions = [] }: Graph): boolean {
  const isExpanded = expansions.every(
    ({ group, digest, problems }) => digest !== null && problems === undefined && !group.includes("["),
  );
  return isExpanded && warnings.length === 0 && tasks.every(({ mutates, service }) => mutates.length === 0 && !service);
}

function hasSameHead(before: Graph, added: Graph): boolean {
  const head = ({ manifest, config: { default: _default, ...config }, groups, expansions = [] }: Graph): string =>
    JSON.stringify([manifest, config, groups, expansions.map((expansion) => ({ ...expansion, digest: null }))]);
  return head(before) === head(added);
}

class Merge {
  readonly #before: Graph;
  readonly #added: Graph;
  readonly #groups: ReadonlyMap<string, GroupChanges>;
  readonly #tables: UpdatedTables;
  readonly #gone: ReadonlySet<string>;
  readonly #new = new Map<string, Task>();
  #known: ReadonlyMap<string, Task> | undefined;

  constructor(before: Graph, added: Graph, groups: ReadonlyMap<string, GroupChanges>, tables: UpdatedTables) {
    this.#before = before;
    this.#added = added;
    this.#groups = groups;
    this.#tables = tables;
    this.#gone = new Set(before.tasks.filter((task) => this.#isGone(task)).map(({ id }) => id));
    for (const task of added.tasks) if (this.#isNew(task)) this.#new.set(task.id, tables.moved(task));
  }

  /** In topological order. Undefined: something beside the elements is other than it was. */
  tasks(): readonly Task[] | undefined {
    const others = this.#others();
    const kept = others && this.#kept(others);
    if (others === undefined || kept === undefined) return undefined;
    const come = [...this.#new.values()];
    if (!this.#isWhole(kept, come) || disturbs(come, kept, this.#tables.tables.sets)) return undefined;
    // What was sorted stays so, as long as nothing of it waits for new units.
    const isSorted = !kept.some((task) => this.#waitsForNew(task));
    const sorted = sortTasks(isSorted ? come : [...kept, ...come]);
    if (!sorted.ok) return undefined;
    return isSorted ? [...kept, ...sorted.value] : sorted.value;
  }

  /** What is no new unit in the graph that adds to the other, by id, as it is now. Undefined: it is declared in another way. */
  #others(): ReadonlyMap<string, Task> | undefined {
    const others = new Map<string, Task>();
    for (const task of this.#added.tasks) {
      if (this.#new.has(task.id)) continue;
      const known = this.#task(task.id);
      const updated = known && this.#updated(known, this.#tables.moved(task));
      if (updated === undefined) return undefined;
      others.set(task.id, updated);
    }
    return others;
  }

  /**
   * The tasks that stay. Undefined: one of them is no unit and is not declared any more, or has the name or, with another member, the key
   * of a new one.
   */
  #kept(others: ReadonlyMap<string, Task>): readonly Task[] | undefined {
    const kept: Task[] = [];
    const come = elementsBy(this.#new.values());
    for (const task of this.#before.tasks) {
      if (this.#gone.has(task.id)) continue;
      const other = others.get(task.id);
      if (other === undefined && (!this.#isUnit(task) || come.get(task.group)?.has(elementOf(task)) === true))
        return undefined;
      kept.push(other ?? task);
    }
    return [...this.#new.keys()].some((id) => !this.#gone.has(id) && this.#task(id) !== undefined) ? undefined : kept;
  }

  /** A task of the earlier graph. */
  #task(id: string): Task | undefined {
    this.#known ??= new Map(this.#before.tasks.map((task) => [task.id, task]));
    return this.#known.get(id);
  }

  config(): Graph["config"] {
    const { default: named, ...config } = this.#added.config;
    if (named === undefined) return config;
    return { ...config, default: this.#ids(this.#before.config.default ?? [], named) };
  }

  /** Ids that name all units of a group, among others. */
  #ids(before: readonly string[], now: readonly string[]): readonly string[] {
    return [...before.filter((id) => !this.#gone.has(id)), ...now.filter((id) => this.#new.has(id))];
  }

  /** A task that is no changed unit, with the units that it reads now. Undefined: it is declared in another way. */
  #updated(known: Task, now: Task): Task | undefined {
    const inputs = known.inputs.map((input, i) => this.#withUnits(input, now.inputs[i]));
    const after = this.#ids(known.after, now.after);
    const isSame =
      JSON.stringify(withoutUnits(known, this.#groups)) === JSON.stringify(withoutUnits(now, this.#groups)) &&
      this.#isAsBefore(known.after, now.after);
    if (!isSame) return undefined;
    const isUntouched = inputs.every((input, i) => input === known.inputs[i]) && sameList(after, known.after);
    return isUntouched ? known : { ...known, inputs, after };
  }

  /** True when the same tasks are named, but for units of the groups. */
  #isAsBefore(before: readonly string[], now: readonly string[]): boolean {
    const others = (ids: readonly string[]): readonly string[] =>
      ids.filter((id) => !this.#new.has(id) && !this.#isUnit(this.#task(id)));
    return sameList(others(before), others(now));
  }

  #withUnits(known: Input, now: Input | undefined): Input {
    if (known.kind !== "units" || now?.kind !== "units") return known;
    const stayed = known.items.filter(({ task }) => !this.#gone.has(task));
    const come = now.items.filter(({ task }) => this.#new.has(task));
    if (come.length === 0 && stayed.length === known.items.length) return known;
    return { ...known, items: [...stayed, ...come].sort((a, b) => compareBytes(a.key, b.key)) };
  }

  #isGone(task: Task): boolean {
    const { group } = task;
    const key = elementOf(task);
    return group !== undefined && key !== undefined && this.#groups.get(group)?.gone.has(key) === true;
  }

  #isNew(task: Task): boolean {
    const { group } = task;
    const key = elementOf(task);
    const changes = group === undefined ? undefined : this.#groups.get(group);
    return changes !== undefined && key !== undefined && !changes.samples.has(key);
  }

  /** A unit of a group of which only what has changed was expanded. */
  #isUnit(task: Task | undefined): boolean {
    return task?.group !== undefined && this.#groups.has(task.group);
  }

  /** True when all that tasks depend on is there, and units that were not looked at do not depend on others of such groups. */
  #isWhole(kept: readonly Task[], come: readonly Task[]): boolean {
    // Units often depend on the same tasks, none of which is a unit.
    const plain = new Set<ReadonlySet<string>>();
    const isPlain = (ids: ReadonlySet<string>): boolean => {
      const is = plain.has(ids) || [...ids].every((id) => !this.#gone.has(id) && this.#isOther(this.#task(id)));
      if (is) plain.add(ids);
      return is;
    };
    const holds = (task: Task): boolean => {
      if (this.#isUnit(task) && task.inputs.some(({ kind }) => kind === "units")) return false;
      const ids = dependencies(task);
      return isPlain(ids) || [...ids].every((id) => this.#mayDependOn(task, id));
    };
    return kept.every(holds) && come.every(holds);
  }

  #waitsForNew(task: Task): boolean {
    for (const id of dependencies(task)) if (this.#new.has(id)) return true;
    return false;
  }

  /** True for a task that is there and is no unit. */
  #isOther(task: Task | undefined): boolean {
    return task !== undefined && !this.#isUnit(task);
  }

  #mayDependOn(task: Task, id: string): boolean {
    const other = this.#new.get(id) ?? (this.#gone.has(id) ? undefined : this.#task(id));
    if (other === undefined) return false;
    return !this.#isUnit(task) || !this.#isUnit(other) || elementOf(other) === elementOf(task);
  }
}

/** The key of the element of the exported `each` that a unit is in. */
function elementOf({ key, keys }: Task): string | undefined {
  return keys === undefined ? key : keys[0];
}

/** The elements that units are in, by their group. */
function elementsBy(units: Iterable<Task>): ReadonlyMap<string | undefined, ReadonlySet<string | undefined>> {
  const found = new Map<string | undefined, Set<string | undefined>>();
  for (const unit of units) found.set(unit.group, (found.get(unit.group) ?? new Set()).add(elementOf(unit)));
  return found;
}

function withoutUnits({ inputs, after: _after, ...task }: Task, groups: ReadonlyMap<string, unknown>): object {
  const others = inputs.map((input) => {
    if (input.kind !== "units") return input;
    // A label begins with the name of the group.
    const isChanged = [...groups.keys()].some((name) => input.group === name || input.group.startsWith(`${name}.`));
    return isChanged ? { ...input, items: [] } : input;
  });
  return { ...task, inputs: others };
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
