import { expect, test } from "vitest";
import { appendArguments } from "../../src/graph/extra.ts";
import { resolveParams } from "../../src/graph/params.ts";
import { select } from "../../src/graph/select.ts";
import type { Graph, ParamSource, Task } from "../../src/model/graph.ts";
import { taskOf } from "../support/graph.ts";

const unit = (key: string, member = ""): Task =>
  taskOf(`clean[${key}]${member}`, [], { group: "clean", key, aliases: [`tidy[${key}]${member}`] });
const tasks = [
  unit("a.csv"),
  unit("b.csv"),
  taskOf("stats", ["clean[a.csv]", "clean[b.csv]"]),
  taskOf("docs.html"),
  taskOf("docs.pdf", ["docs.html"]),
  taskOf("deploy", ["stats"], { rerun: "manual", after: ["docs.pdf"] }),
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

function ids(...names: string[]): readonly string[] {
  const selected = select(graph, names);
  if (!selected.ok) throw new Error(selected.diagnostics.map(({ message, help }) => `${message}; ${help}`).join());
  return selected.value.ids;
}

test.each([
  [["stats"], ["clean[a.csv]", "clean[b.csv]", "stats"]],
  [["clean"], ["clean[a.csv]", "clean[b.csv]"]],
  [["clean[b.csv]"], ["clean[b.csv]"]],
  [["tidy[a.csv]"], ["clean[a.csv]"]],
  [["docs.*"], ["docs.html", "docs.pdf"]],
  [["*"], tasks.map(({ id }) => id)],
  [["deploy"], tasks.map(({ id }) => id)],
  [[], ["clean[a.csv]", "clean[b.csv]", "stats", "docs.html", "docs.pdf"]],
])("%j selects, with all that is upstream, %j", (names, expected) => {
  expect(ids(...names)).toEqual(expected);
});

test("without names, the manifest's default tasks are selected", () => {
  const selected = select({ ...graph, config: { default: ["docs.pdf"] } }, []);
  expect(selected).toEqual({ ok: true, value: { ids: ["docs.html", "docs.pdf"], named: [], byPath: false } });
});

test("an unknown name is reported, with a suggestion when one is near", () => {
  expect(() => ids("stat", "nothing-like-it")).toThrow(
    'there is no task "stat"; did you mean "stats"?,there is no task "nothing-like-it"; inc list shows the tasks of this pipeline',
  );
});

const location = { file: "/w/pipeline.ts", line: 1, column: 1 };
const params: ParamSource[] = [
  { name: "region", type: "string", default: "eu", choices: ["eu", "us"], location },
  { name: "n", type: "number", default: 1, location },
  { name: "dry", type: "boolean", default: false, location },
];

test("parameters have the given values, else their defaults", () => {
  expect(resolveParams({ params }, { n: "2.5", dry: "true" }, () => true)).toEqual({
    ok: true,
    value: { region: "eu", n: 2.5, dry: true },
  });
});

test.each([
  ["n", ""],
  ["n", "1x"],
  ["dry", "yes"],
  ["region", "asia"],
  ["reigon", "eu"],
])("--param %s=%s is refused", (name, value) => {
  expect(resolveParams({ params }, { [name]: value }, () => true).ok).toBe(false);
});

test("arguments after -- go to the named tasks alone, quoted for a shell command and unchanged for exec", () => {
  const exec = taskOf("e", [], { action: { kind: "exec", argv: [["prog"]] } });
  const extended = appendArguments({ ...graph, tasks: [taskOf("s"), exec, taskOf("other")] }, ["s", "e"], ["a b", "c"]);
  expect(
    extended.tasks.map(({ action }) =>
      action.kind === "shell" ? action.parts : action.kind === "exec" && action.argv,
    ),
  ).toEqual([["true", " 'a b' c"], [["prog"], ["a b"], ["c"]], ["true"]]);
});
