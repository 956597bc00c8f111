import { expect, test } from "vitest";
import { readsOf } from "../../src/graph/reads.ts";
import type { Input, Output } from "../../src/model/graph.ts";
import { taskOf } from "../support/graph.ts";

const location = { file: "/w/pipeline.ts", line: 1, column: 1 };
const type = "file" as Output["type"];

test("the reads of a task are grouped into paths, sets, values and tasks", () => {
  const source = { kind: "file", path: "a.txt", keep: "all", location } as const;
  const object = { kind: "object", name: "rates", location } as const;
  const inputs: Input[] = [
    source,
    { kind: "files", set: 3, location },
    { kind: "param", name: "year", location },
    { kind: "env", name: "LANG", location },
    { kind: "tool", name: "node", location },
    object,
    { kind: "artifact", task: "build", output: 0, path: "build/app", type, location },
    { kind: "entry", task: "lint", location },
    { kind: "service", task: "db", location },
    {
      kind: "units",
      group: "clean",
      items: [
        { key: "eu", task: "clean[eu]", output: 0, path: "build/eu", type },
        { key: "us", task: "clean[us]" },
      ],
      location,
    },
  ];
  const env = {
    YEAR: { kind: "param", name: "from" },
    HOME: { kind: "env", name: "HOME" },
    CI: { kind: "literal", value: "1" },
  } as const;
  expect(readsOf(taskOf("t", [], { inputs, env }))).toEqual({
    sources: [source],
    paths: ["a.txt", "build/app", "build/eu"],
    sets: [3],
    objects: [object],
    params: ["year", "from"],
    variables: ["LANG", "HOME"],
    tools: ["node"],
    tasks: new Set(["build", "lint", "db", "clean[eu]", "clean[us]"]),
    services: ["db"],
  });
});
