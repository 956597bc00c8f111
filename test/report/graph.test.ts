import { expect, test } from "vitest";
import type { Graph } from "../../src/model/graph.ts";
import { renderGraph } from "../../src/report/graph.ts";
import { taskOf } from "../support/graph.ts";

const tasks = [
  taskOf("raw"),
  taskOf('clean[a"b.csv]', ["raw"]),
  taskOf("stats", ["raw"]),
  taskOf("report", ['clean[a"b.csv]', "stats"]),
];
const graph: Graph = {
  manifest: "pipeline.ts",
  config: {},
  tasks,
  sets: [],
  params: [],
  envs: [],
  tools: [],
  objects: [],
  warnings: [],
};
const ids = tasks.map(({ id }) => id);

test("as a tree, in which a task drawn before is only named", () => {
  const deep = [...tasks, taskOf("again", ["report"])];
  expect(renderGraph({ ...graph, tasks: deep }, [...ids, "again"], "tree")).toMatchInlineSnapshot(`
    "again
    └─ report
       ├─ clean[a"b.csv]
       │  └─ raw
       └─ stats
          └─ raw"
  `);
});

test("as dot", () => {
  expect(renderGraph(graph, ids, "dot")).toMatchInlineSnapshot(`
    "digraph inc {
      rankdir=LR;
      node [shape=box];
      "raw";
      "clean[a\\"b.csv]";
      "stats";
      "report";
      "raw" -> "clean[a\\"b.csv]";
      "raw" -> "stats";
      "clean[a\\"b.csv]" -> "report";
      "stats" -> "report";
    }"
  `);
});

test("as mermaid", () => {
  expect(renderGraph(graph, ids, "mermaid")).toMatchInlineSnapshot(`
    "flowchart LR
      t0["raw"]
      t1["clean[a#quot;b.csv]"]
      t2["stats"]
      t3["report"]
      t0 --> t1
      t0 --> t2
      t1 --> t3
      t2 --> t3"
  `);
});

test("as json, with only the requested tasks", () => {
  const drawn = JSON.parse(renderGraph(graph, ["raw", "stats"], "json")) as { id: string; dependencies: string[] }[];
  expect(drawn.map(({ id, dependencies }) => [id, dependencies])).toEqual([
    ["raw", []],
    ["stats", ["raw"]],
  ]);
});

test("a chain of ten thousand tasks can be drawn, and a name with a line feed stays on its line", () => {
  const chain = Array.from({ length: 10_000 }, (_, i) => taskOf(`t${i}`, i === 0 ? [] : [`t${i - 1}`]));
  expect(
    renderGraph(
      { ...graph, tasks: chain.slice(0, 3000) },
      chain.map(({ id }) => id),
      "tree",
    ).split("\n"),
  ).toHaveLength(3000);
  const odd = taskOf("a\nb");
  expect(renderGraph({ ...graph, tasks: [odd] }, ["a\nb"], "tree")).toBe("a\\nb");
});

test("edges lead only between tasks that are drawn", () => {
  expect(renderGraph(graph, ["stats"], "mermaid")).toBe('flowchart LR\n  t0["stats"]');
  expect(renderGraph(graph, ["stats"], "dot")).not.toContain("->");
});
