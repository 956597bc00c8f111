import { changedTasks } from "../../graph/changed-tasks.ts";
import type { Graph, Task } from "../../model/graph.ts";

/** How a graph differs from an earlier one in what its tasks declare. */
export class GraphChanges {
  /** Paths that tasks make which have come or gone, or which are declared in another way. */
  readonly made: readonly string[];
  readonly #others: ReadonlySet<Task>;

  constructor(before: Graph, now: Graph) {
    // Most tasks of an updated graph are those of the earlier one themselves.
    const { gone, come } = changedTasks(before.tasks, now.tasks);
    const left = new Map(gone.map((task) => [task.id, task]));
    const others: Task[] = [];
    for (const task of come) {
      const known = left.get(task.id);
      if (known !== undefined && JSON.stringify(known) === JSON.stringify(task)) left.delete(task.id);
      else others.push(task);
    }
    this.#others = new Set(others);
    this.made = [...others, ...left.values()].flatMap(({ outputs, depfiles }) =>
      [...outputs, ...depfiles].map(({ path }) => path),
    );
  }

  /** True for a task of the graph that was declared in the same way before. */
  isAsBefore(task: Task): boolean {
    return !this.#others.has(task);
  }
}
