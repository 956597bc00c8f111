import { readsOf } from "../../graph/reads.ts";
import type { Graph } from "../../model/graph.ts";

/** Ids of everything whose result a task reads, however far up. */
export function upstreamClosure(graph: Graph, id: string): ReadonlySet<string> {
  const byId = new Map(graph.tasks.map((task) => [task.id, task]));
  const closure = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const task = byId.get(next);
    for (const above of task === undefined ? [] : readsOf(task).tasks) {
      if (closure.has(above)) continue;
      closure.add(above);
      open.push(above);
    }
  }
  return closure;
}
