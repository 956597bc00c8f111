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
  warnings: [],
};
const ids = tasks.map(({ id }) => id);

test("as a tree, what was drawn before is only named", () => {
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

test("as json, and only the tasks asked for", () => {
  const drawn = JSON.parse(renderGraph(graph, ["raw", "stats"], "json")) as { id: string; dependencies: string[] }[];
  expect(drawn.map(({ id, dependencies }) => [id, dependencies])).toEqual([
    ["raw", []],
    ["stats", ["raw"]],
  ]);
});
