import type { Diagnostic } from "../model/diagnostic.ts";
import type { Task } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import { predecessors } from "./dependencies.ts";

/**
 * Topological order by depth-first search, in the order of the manifest where that leaves a choice. What tasks wait for and is not among
 * them comes before.
 */
export function sortTasks(tasks: readonly Task[]): Result<readonly Task[]> {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const sorted: Task[] = [];
  const state = new Map<string, "open" | "done">();
  const isDone = (id: string): boolean => state.get(id) === "done" || !byId.has(id);
  for (const start of tasks) {
    if (state.has(start.id)) continue;
    const awaited = predecessors(start);
    // Most lists are sorted already.
    if (awaited.size === 0 || [...awaited].every(isDone)) {
      state.set(start.id, "done");
      sorted.push(start);
      continue;
    }
    // An explicit stack: a chain of ten thousand tasks is deeper than the call stack.
    const path: { readonly task: Task; readonly left: string[] }[] = [];
    const enter = (task: Task): void => {
      state.set(task.id, "open");
      path.push({ task, left: [...predecessors(task)].reverse() });
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const id = top.left.pop();
      if (id === undefined) {
        state.set(top.task.id, "done");
        sorted.push(top.task);
        path.pop();
      } else if (state.get(id) === "open") {
        return {
          ok: false,
          diagnostics: [
            cycle(
              path.map(({ task }) => task),
              id,
            ),
          ],
        };
      } else if (!isDone(id)) enter(byId.get(id) as Task);
    }
  }
  return { ok: true, value: sorted };
}

function cycle(path: readonly Task[], back: string): Diagnostic {
  const loop = path.slice(path.findIndex(({ id }) => id === back));
  const first = loop[0] as Task;
  return {
    code: "INC2002",
    severity: "error",
    message: `a cycle: ${[...loop.map(({ id }) => id), back].join(" needs ")}`,
    location: first.location,
    notes: loop.slice(1).map(({ id, location }) => ({ message: `"${id}" is declared here`, location })),
    help: ["remove one of these dependencies, or split the task that both sides need"],
  };
}
