import { expect, test } from "vitest";
import { missingVariable, taskEnvironment } from "../../src/execute/environment.ts";
import { taskOf } from "../support/graph.ts";

test("a task's environment holds a short standard list and the declared variables", () => {
  const task = taskOf("t", [], {
    cwd: "a",
    env: { A: { kind: "literal", value: "1" }, B: { kind: "env", name: "B" } },
  });
  const environment = taskEnvironment(task, { workspace: "/w", marker: "id", param: () => "", env: () => undefined });
  expect(environment).toMatchObject({ A: "1", LC_ALL: "C.UTF-8", TZ: "UTC" });
  expect(environment.PATH).toBe(`/w/a/node_modules/.bin:/w/node_modules/.bin:${process.env.PATH}`);
  expect(environment).not.toHaveProperty("B");
});

test.each([
  ["bash: line 1: TOKEN: unbound variable", "TOKEN"],
  ["sh: 1: TOKEN: parameter not set", "TOKEN"],
  ["KeyError: 'TOKEN'", "TOKEN"],
  ["Error: API_KEY is not set", "API_KEY"],
  ["Missing environment variable: TOKEN", "TOKEN"],
  ["no such file", undefined],
])("a log with “%s” misses the variable %s", (log, name) => {
  expect(missingVariable(log)).toBe(name);
});
