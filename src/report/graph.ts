import { dependencies } from "../graph/dependencies.ts";
import type { Graph, Task } from "../model/graph.ts";
import { pathName } from "../model/object-name.ts";
import { printable } from "../model/printable.ts";
import { type Lead, leadBelow, ROOT } from "./text/branches.ts";

export type GraphFormat = "tree" | "dot" | "mermaid" | "json";

/** Draws the tasks with the given ids, which are in topological order, and their dependencies. */
export function renderGraph(graph: Graph, ids: readonly string[], format: GraphFormat): string {
  const wanted = new Set(ids);
  const tasks = graph.tasks.filter(({ id }) => wanted.has(id));
  if (format === "json") return JSON.stringify(tasks.map(toJson), undefined, 2);
  if (format === "dot") return dot(tasks);
  return format === "mermaid" ? mermaid(tasks) : tree(tasks);
}

function toJson(task: Task) {
  const { id, group, key, outputs, service, location } = task;
  const paths = outputs.map(({ path }) => pathName(path));
  return { id, group, key, dependencies: [...dependencies(task)], outputs: paths, service, location };
}

/** The dependencies of a task that are drawn, too. */
function above(task: Task, drawn: ReadonlyMap<string, unknown>): string[] {
  return [...dependencies(task)].filter((id) => drawn.has(id));
}

function dot(tasks: readonly Task[]): string {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const name = (id: string): string => `"${printable(id.replaceAll("\\", "\\\\").replaceAll('"', '\\"'))}"`;
  const nodes = tasks.map(({ id, service }) => `  ${name(id)}${service === undefined ? "" : " [style=rounded]"};`);
  const edges = tasks.flatMap((task) => above(task, byId).map((id) => `  ${name(id)} -> ${name(task.id)};`));
  return ["digraph inc {", "  rankdir=LR;", "  node [shape=box];", ...nodes, ...edges, "}"].join("\n");
}

/**
 * Ids are numbers, because Mermaid allows hardly any character of a name in them; names are labels.
 * @param classOf The class of a task's node, for a style; undefined: none.
 */
export function mermaid(tasks: readonly Task[], classOf?: (id: string) => string | undefined): string {
  const number = new Map(tasks.map(({ id }, i) => [id, `t${i}`]));
  const label = (id: string): string => printable(id).replaceAll('"', "#quot;").replaceAll("<", "#lt;");
  const nodes = tasks.map(({ id, service }) => {
    const [open, close] = service === undefined ? ["[", "]"] : ["([", "])"];
    const style = classOf?.(id);
    return `  ${number.get(id)}${open}"${label(id)}"${close}${style === undefined ? "" : `:::${style}`}`;
  });
  const edges = tasks.flatMap((task) =>
    above(task, number).map((id) => `  ${number.get(id)} --> ${number.get(task.id)}`),
  );
  return ["flowchart LR", ...nodes, ...edges].join("\n");
}

interface Branch {
  readonly id: string;
  readonly lead: Lead;
}

/** Goes from the tasks that nothing depends on down to the sources; a task drawn before is only named. */
function tree(tasks: readonly Task[]): string {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const needed = new Set(tasks.flatMap((task) => [...dependencies(task)]));
  const drawn = new Set<string>();
  const lines: string[] = [];
  // An explicit stack: a chain of tasks may be deeper than the call stack.
  const open: Branch[] = tasks.filter(({ id }) => !needed.has(id)).map(({ id }) => ({ id, lead: ROOT }));
  open.reverse();
  for (let branch = open.pop(); branch !== undefined; branch = open.pop()) {
    const { id, lead } = branch;
    const task = byId.get(id) as Task;
    const below = above(task, byId);
    const again = drawn.has(id) && below.length > 0;
    const service = task.service === undefined ? "" : " (service)";
    lines.push(`${lead.first}${printable(id)}${service}${again ? " (see above)" : ""}`);
    if (again) continue;
    drawn.add(id);
    const children = below.map((child, i): Branch => ({ id: child, lead: leadBelow(lead, i === below.length - 1) }));
    open.push(...children.reverse());
  }
  return lines.join("\n");
}
