import { readsOf } from "../graph/reads.ts";
import type { Graph, Task } from "../model/graph.ts";
import { own } from "../model/own.ts";

/** Lines of a secret are masked one by one from this length on: shorter ones are too common. In characters. */
const SHORTEST_LINE = 4;

/**
 * The texts to mask in a task's output: each secret that the task sees, as a whole, without surrounding blanks, and
 * line by line.
 */
export function secretsOf(graph: Graph, task: Task): readonly Buffer[] {
  const names = readsOf(task).variables;
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
