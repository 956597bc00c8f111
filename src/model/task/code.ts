import type { Change, CodeChange } from "../description.ts";
import type { Graph, Task } from "../graph.ts";
import type { FunctionCode } from "./action.ts";
import type { CodePart } from "./code-table.ts";

/** A part as a function has it. */
export interface ReachedPart extends CodePart {
  /** Its name, made the only one of that name. */
  readonly label: string;
  /** Labels of the parts that lead to it, from the function to itself. */
  readonly way: readonly string[];
}

/** The parts of a function's code. */
export function partsOf(graph: Pick<Graph, "code">, code: FunctionCode): readonly ReachedPart[] {
  const found: ReachedPart[] = [];
  const used = new Map<string, number>();
  for (const [index, via] of graph.code?.reaches[code.reach]?.parts ?? []) {
    const part = graph.code?.parts[index] as CodePart;
    const count = (used.get(part.name) ?? 0) + 1;
    used.set(part.name, count);
    const label = count === 1 ? part.name : `${part.name} (${count})`;
    found.push({ ...part, label, way: [...(found[via]?.way ?? []), label] });
  }
  return found;
}

/** Workspace paths of the modules that belong to a function's code. */
export function modulesOf(graph: Pick<Graph, "code">, { reach }: FunctionCode): readonly string[] {
  return graph.code?.reaches[reach]?.modules ?? [];
}

/** Changes with the places of the parts of a task's code that are there now. */
export function withPlaces(
  changes: readonly Change[],
  graph: Pick<Graph, "code">,
  { action }: Task,
): readonly Change[] {
  if (action.kind !== "function" || !changes.some(({ aspect }) => aspect === "code")) return changes;
  const parts = new Map(partsOf(graph, action.code).map((part) => [part.label, part]));
  const placed = (change: CodeChange): CodeChange => {
    const part = parts.get(change.name);
    if (part === undefined || part.digest !== change.after) return change;
    const { module, lines, way } = part;
    return { ...change, place: { module, lines, way } };
  };
  return changes.map((change) => (change.aspect === "code" ? { ...change, parts: change.parts.map(placed) } : change));
}
