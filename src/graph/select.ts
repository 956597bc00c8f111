import { posix } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import { type Expansion, isUnknown } from "../model/evaluation/expansion.ts";
import type { Graph, Task } from "../model/graph.ts";
import { isWithin } from "../model/path.ts";
import type { Result } from "../model/result.ts";
import { suggestion } from "../model/suggestion.ts";
import { dependencies } from "./dependencies.ts";

export interface Selected {
  /** Ids of the selected tasks and of everything they depend on, in topological order. */
  readonly ids: readonly string[];
  /** Ids of the tasks that the names stand for; empty when none was given. */
  readonly named: readonly string[];
  /**
   * True when one of the names is the path of an output: then the selection depends on the directory it was typed in.
   */
  readonly byPath: boolean;
}

/** The circumstances under which task names were typed. */
export interface Typed {
  /** The directory that paths among the names are relative to; relative to the workspace itself. */
  readonly directory: string;
  /** A help line for a name that no task has: what it may have been meant for. */
  hint?(name: string): string | undefined;
  /** False for tasks that run only where selected tasks need them. */
  counts?(task: Task): boolean;
}

/**
 * Selects the tasks of a run. A name is a task's, an alias, an `each`'s (all its units), or a pattern with `*`. Without
 * names: the manifest's default, or all but the manual tasks. A name that no task has is taken for the path of an
 * output.
 */
export function select(graph: Graph, names: readonly string[], typed: Typed = { directory: "" }): Result<Selected> {
  const named = new Set<string>();
  const unknown: Diagnostic[] = [];
  let byPath = false;
  for (const name of names) {
    let matching = graph.tasks.filter((task) => answersTo(task, name) || isMakerFor(graph, task, name));
    if (matching.length === 0) {
      matching = makersOf(graph, posix.join(typed.directory, name)) ?? makersOf(graph, posix.normalize(name)) ?? [];
      byPath ||= matching.length > 0;
    }
    if (matching.length === 0) unknown.push(unknownName(graph, name, typed.hint?.(name)));
    for (const task of matching) named.add(task.id);
  }
  if (unknown.length > 0) return { ok: false, diagnostics: unknown };
  if (names.length === 0 && typed.counts === undefined && isAllMeant(graph))
    return { ok: true, value: { ids: graph.tasks.map(({ id }) => id), named: [], byPath } };
  const roots = names.length > 0 ? [...named] : defaultTasks(graph);
  if (typed.counts === undefined)
    return { ok: true, value: { ids: withUpstream(graph, roots), named: [...named], byPath } };
  const wanted = new Set(roots);
  const counting = graph.tasks.filter((task) => wanted.has(task.id) && typed.counts?.(task) === true);
  const ids = counting.map(({ id }) => id);
  return { ok: true, value: { ids: withUpstream(graph, ids), named: ids, byPath } };
}

/** The task that makes a path, or the directory that it is in; undefined: none does. */
function makersOf(graph: Graph, written: string): Task[] | undefined {
  const path = written.replace(/\/$/, "");
  const makes = ({ outputs }: Task): boolean => outputs.some((output) => isWithin(path, output.path));
  const task = graph.tasks.find(makes);
  return task === undefined ? undefined : [task];
}

function defaultTasks(graph: Graph): readonly string[] {
  return graph.config.default ?? graph.tasks.filter(({ rerun }) => rerun !== "manual").map(({ id }) => id);
}

/** True when no name stands for all tasks. */
function isAllMeant({ config, tasks }: Graph): boolean {
  return config.default === undefined && tasks.every(({ rerun }) => rerun !== "manual");
}

function withUpstream(graph: Graph, roots: readonly string[]): string[] {
  const wanted = new Set(roots);
  // With all tasks selected, there is no need to follow the dependencies of thousands.
  if (wanted.size === graph.tasks.length) return graph.tasks.map(({ id }) => id);
  // Backwards through the topological order, everything that wants a task is seen before the task itself.
  for (const task of [...graph.tasks].reverse())
    if (wanted.has(task.id)) for (const id of dependencies(task)) wanted.add(id);
  return graph.tasks.filter(({ id }) => wanted.has(id)).map(({ id }) => id);
}

/** True for a task that has to run before it is known which units an `each` has; one unit may be among them. */
function isMakerFor({ expansions = [] }: Graph, { id }: Task, name: string): boolean {
  return expansions.some(
    (expansion) =>
      expansion.task === id &&
      isUnknown(expansion) &&
      (namesOfAll(expansion).includes(name) || (name.startsWith(expansion.units) && name.includes("]"))),
  );
}

/** Names of groups that the units of an expansion are in: of the exported `each`, and of the member where it is in a record. */
function namesOfAll({ group, units }: Expansion): readonly string[] {
  const top = units.slice(0, units.indexOf("["));
  return [top, group.startsWith(units) ? top + group.slice(group.lastIndexOf("]") + 1) : group];
}

/** Every name of a task: its own, its aliases, and for a unit its group and its group's members. */
function namesOf(task: Task): readonly string[] {
  const own = [task.id, ...task.aliases];
  if (task.group === undefined) return own;
  const member = task.id.slice(task.id.lastIndexOf("]") + 1);
  return [...own, task.group, `${task.group}${member}`];
}

function answersTo(task: Task, name: string): boolean {
  if (!name.includes("*")) return namesOf(task).includes(name);
  const pattern = new RegExp(
    `^${name
      .split("*")
      .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
  );
  return namesOf(task).some((candidate) => pattern.test(candidate));
}

function unknownName(graph: Graph, name: string, hint: string | undefined): Diagnostic {
  const names = new Set(graph.tasks.flatMap(namesOf));
  const paths = graph.tasks.flatMap(({ outputs }) => outputs.map(({ path }) => path));
  const near = suggestion(name, names) ?? suggestion(name, paths);
  return {
    code: "INC1001",
    severity: "error",
    message: name.includes("/") ? `no task is named "${name}", and none makes it` : `there is no task "${name}"`,
    help: [hint ?? (near === undefined ? "inc list shows the tasks of this pipeline" : `did you mean "${near}"?`)],
  };
}
