import type { Graph, Task } from "../model/graph.ts";
import { own } from "../model/own.ts";

/** A line of a secret that has several is masked by itself from this length on: others are too common. In characters. */
const SHORTEST_LINE = 4;

/** What must not be shown of what a task prints: the secrets that it sees, whole, without blanks around, and line by line. */
export function secretsOf(graph: Graph, task: Task): readonly Buffer[] {
  const names = Object.values(task.env).flatMap((binding) => (binding.kind === "env" ? [binding.name] : []));
  const values = graph.envs.flatMap((source) => {
    if (!source.secret || !names.includes(source.name)) return [];
    return own(process.env, source.name) ?? source.default ?? [];
  });
  const texts = values.flatMap((value) => [value, value.trim(), ...linesOf(value)]);
  return [...new Set(texts)].filter((text) => text !== "").map((text) => Buffer.from(text));
}

function linesOf(value: string): readonly string[] {
  return value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(({ length }) => length >= SHORTEST_LINE);
}
