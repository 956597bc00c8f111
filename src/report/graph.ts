import { dependencies } from "../graph/dependencies.ts";
import type { Graph, Task } from "../model/graph.ts";

export type GraphFormat = "tree" | "dot" | "mermaid" | "json";

/** Draws the tasks of the given ids, and what each depends on. `ids` in topological order. */
export function renderGraph(graph: Graph, ids: readonly string[], format: GraphFormat): string {
  const wanted = new Set(ids);
  const tasks = graph.tasks.filter(({ id }) => wanted.has(id));
  if (format === "json") return JSON.stringify(tasks.map(toJson), undefined, 2);
  if (format === "dot") return dot(tasks);
  return format === "mermaid" ? mermaid(tasks) : tree(tasks);
}

function toJson(task: Task) {
  const { id, group, key, outputs, location } = task;
  return { id, group, key, dependencies: [...dependencies(task)], outputs: outputs.map(({ path }) => path), location };
}

function dot(tasks: readonly Task[]): string {
  const name = (id: string): string => `"${id.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const nodes = tasks.map(({ id }) => `  ${name(id)};`);
  const edges = tasks.flatMap((task) =>
    [...dependencies(task)].map((above) => `  ${name(above)} -> ${name(task.id)};`),
  );
  return ["digraph inc {", "  rankdir=LR;", "  node [shape=box];", ...nodes, ...edges, "}"].join("\n");
}

/** Mermaid's own ids are numbers, because hardly any character of a name is safe there; names are labels. */
function mermaid(tasks: readonly Task[]): string {
  const number = new Map(tasks.map(({ id }, i) => [id, `t${i}`]));
  const label = (id: string): string => id.replaceAll('"', "#quot;").replaceAll("<", "#lt;");
  const nodes = tasks.map(({ id }) => `  ${number.get(id)}["${label(id)}"]`);
  const edges = tasks.flatMap((task) =>
    [...dependencies(task)].map((above) => `  ${number.get(above)} --> ${number.get(task.id)}`),
  );
  return ["flowchart LR", ...nodes, ...edges].join("\n");
}

/** From the tasks that nothing depends on down to the sources; what was drawn before is only named. */
function tree(tasks: readonly Task[]): string {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const needed = new Set(tasks.flatMap((task) => [...dependencies(task)]));
  const drawn = new Set<string>();
  const lines: string[] = [];
  const draw = (id: string, lead: string, rest: string): void => {
    const task = byId.get(id);
    const below = task === undefined ? [] : [...dependencies(task)];
    const again = drawn.has(id) && below.length > 0;
    lines.push(`${lead}${id}${again ? " (see above)" : ""}`);
    if (again) return;
    drawn.add(id);
    below.forEach((child, i) => {
      const last = i === below.length - 1;
      draw(child, `${rest}${last ? "└─ " : "├─ "}`, `${rest}${last ? "   " : "│  "}`);
    });
  };
  for (const { id } of tasks) if (!needed.has(id)) draw(id, "", "");
  return lines.join("\n");
}
