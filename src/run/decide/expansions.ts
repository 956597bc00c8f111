import { expansionDigest } from "../../access/expansions.ts";
import type { Expansion } from "../../model/evaluation/expansion.ts";
import type { Graph } from "../../model/graph.ts";
import type { Workspace } from "../../workspace/workspace.ts";

/**
 * How an expansion stands once its task has ended. `outdated`: the task has made something else than what the graph was expanded
 * from. `broken`: it is what the graph was expanded from, and that gave no units.
 */
export type ExpansionState = "current" | "outdated" | "broken";

/** Compares what tasks have made with what the graph was expanded from. */
export class Expansions {
  readonly #workspace: Workspace;
  readonly #byGroup: ReadonlyMap<string, Expansion>;
  readonly #byTask: ReadonlyMap<string, readonly Expansion[]>;
  readonly #states = new Map<string, ExpansionState>();

  constructor(workspace: Workspace, { expansions = [] }: Pick<Graph, "expansions">) {
    this.#workspace = workspace;
    this.#byGroup = new Map(expansions.map((expansion) => [expansion.group, expansion]));
    this.#byTask = Map.groupBy(expansions, ({ task }) => task);
  }

  /** Those of what a task makes. */
  of(task: string): readonly Expansion[] {
    return this.#byTask.get(task) ?? [];
  }

  /** @param group One that the graph has. */
  get(group: string): Expansion {
    return this.#byGroup.get(group) as Expansion;
  }

  /** To be asked once the task has ended well. In one round the answer stays the same: thousands of units ask. */
  state(group: string): ExpansionState {
    let state = this.#states.get(group);
    if (state === undefined) {
      state = this.#look(this.get(group));
      this.#states.set(group, state);
    }
    return state;
  }

  #look(expansion: Expansion): ExpansionState {
    if (expansionDigest(this.#workspace, expansion) !== expansion.digest) return "outdated";
    return expansion.problems === undefined ? "current" : "broken";
  }
}
