import type { Diagnostic } from "../model/diagnostic.ts";
import type { Graph, Task } from "../model/graph.ts";
import { quoteWord } from "./shell-text.ts";

/** The graph with `-- args` appended to the commands of the named tasks: other commands, so other fingerprints. */
export function appendArguments(graph: Graph, named: readonly string[], extra: readonly string[]): Graph {
  if (extra.length === 0) return graph;
  const ids = new Set(named);
  return { ...graph, tasks: graph.tasks.map((task) => (ids.has(task.id) ? appended(task, extra) : task)) };
}

/** Arguments for a function, which takes none. */
export function functionWithArguments(
  { tasks }: Graph,
  named: readonly string[],
  extra: readonly string[],
): Diagnostic | undefined {
  if (extra.length === 0) return undefined;
  const task = tasks.find(({ id, action }) => action.kind === "function" && named.includes(id));
  if (task === undefined) return undefined;
  return {
    code: "INC1003",
    severity: "error",
    message: `task "${task.id}" is a function, which takes no arguments`,
    location: task.location,
    help: ['pass a parameter: inputs: { name: param("name") }, and inc run --param name=value'],
  };
}

function appended(task: Task, extra: readonly string[]): Task {
  const { action } = task;
  if (action.kind === "function") return task;
  if (action.kind === "exec")
    return { ...task, action: { ...action, argv: [...action.argv, ...extra.map((word) => [word])] } };
  return { ...task, action: { ...action, parts: [...action.parts, ` ${extra.map(quoteWord).join(" ")}`] } };
}
