import type { Graph, Task } from "../../model/graph.ts";

/** How a graph differs from an earlier one in what its tasks declare. */
export class GraphChanges {
  /** Paths that tasks make which have come or gone, or which are declared in another way. */
  readonly made: readonly string[];
  readonly #alike: ReadonlySet<Task>;

  constructor(before: Graph, now: Graph) {
    // Most tasks of an updated graph are those of the earlier one themselves.
    const left = new Map(before.tasks.map((task) => [task.id, task]));
    const alike = new Set<Task>();
    const others: Task[] = [];
    for (const task of now.tasks) {
      const known = left.get(task.id);
      if (known === task || (known !== undefined && JSON.stringify(known) === JSON.stringify(task))) {
        alike.add(task);
        left.delete(task.id);
      } else others.push(task);
    }
    this.#alike = alike;
    this.made = [...others, ...left.values()].flatMap(({ outputs, depfiles }) =>
      [...outputs, ...depfiles].map(({ path }) => path),
    );
  }

  /** True for a task of the graph that was declared in the same way before. */
  isAsBefore(task: Task): boolean {
    return this.#alike.has(task);
  }
}
