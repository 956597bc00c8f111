import type { Graph, Task } from "../../model/graph.ts";
import type { CodePart, CodeReach } from "../../model/task/code-table.ts";

type Tables = Pick<Graph, "sets" | "params" | "envs" | "tools" | "objects" | "code">;

/** Tables to which tasks refer by index or by name: those of an earlier graph, with what another graph adds. */
export class UpdatedTables {
  /** False: something has the same name in both and is declared in two ways. */
  isConsistent = true;
  readonly #sets: Growing<Graph["sets"][number]>;
  readonly #parts: Growing<CodePart>;
  readonly #reaches: Growing<CodeReach>;
  readonly #named: Omit<Tables, "sets" | "code">;
  readonly #setAt: readonly number[];
  readonly #reachAt: readonly number[];
  readonly #hasCode: boolean;

  constructor(before: Tables, added: Tables) {
    this.#sets = new Growing(before.sets);
    this.#parts = new Growing(before.code?.parts ?? []);
    this.#reaches = new Growing(before.code?.reaches ?? []);
    this.#hasCode = before.code !== undefined || added.code !== undefined;
    this.#setAt = added.sets.map((set) => this.#sets.indexOf(set));
    const partAt = (added.code?.parts ?? []).map((part) => this.#parts.indexOf(part));
    this.#reachAt = (added.code?.reaches ?? []).map(({ parts, modules }) =>
      this.#reaches.indexOf({ parts: parts.map(([part, via]) => [partAt[part] as number, via]), modules }),
    );
    this.#named = {
      params: this.#together(before.params, added.params),
      envs: this.#together(before.envs, added.envs),
      tools: this.#together(before.tools, added.tools),
      objects: this.#together(before.objects, added.objects),
    };
  }

  get tables(): Tables {
    const code = { parts: this.#parts.items, reaches: this.#reaches.items };
    return { ...this.#named, sets: this.#sets.items, ...(this.#hasCode ? { code } : {}) };
  }

  /** A task of the graph that adds to the tables. */
  moved(task: Task): Task {
    const { action } = task;
    const inputs = task.inputs.map((input) =>
      input.kind === "files" ? { ...input, set: this.#setAt[input.set] as number } : input,
    );
    if (action.kind !== "function") return { ...task, inputs };
    const code = { ...action.code, reach: this.#reachAt[action.code.reach] as number };
    return { ...task, action: { ...action, code }, inputs };
  }

  #together<T extends { readonly name: string }>(before: readonly T[], added: readonly T[]): readonly T[] {
    const known = new Map(before.map((one) => [one.name, JSON.stringify(one)]));
    for (const one of added) this.isConsistent &&= (known.get(one.name) ?? JSON.stringify(one)) === JSON.stringify(one);
    const others = added.filter(({ name }) => !known.has(name));
    return others.length === 0 ? before : [...before, ...others];
  }
}

/** A list to which what is not in it is added. */
class Growing<T> {
  readonly items: T[];
  readonly #at: Map<string, number>;

  constructor(items: readonly T[]) {
    this.items = [...items];
    this.#at = new Map(items.map((item, i) => [JSON.stringify(item), i]));
  }

  indexOf(item: T): number {
    const key = JSON.stringify(item);
    const known = this.#at.get(key);
    if (known !== undefined) return known;
    const index = this.items.push(item) - 1;
    this.#at.set(key, index);
    return index;
  }
}
