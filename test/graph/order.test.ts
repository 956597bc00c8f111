import { expect, test } from "vitest";
import { sortTasks } from "../../src/graph/order.ts";
import { taskOf } from "../support/graph.ts";

test("a task comes after its dependencies; otherwise the manifest's order holds", () => {
  const sorted = sortTasks([taskOf("d", ["b", "c"]), taskOf("x"), taskOf("c", ["a"]), taskOf("b", ["a"]), taskOf("a")]);
  expect(sorted.ok && sorted.value.map(({ id }) => id)).toEqual(["a", "b", "c", "d", "x"]);
});

test("a chain of fifty thousand tasks does not overflow the stack", () => {
  const chain = Array.from({ length: 50_000 }, (_, i) => taskOf(`t${i}`, i === 49_999 ? [] : [`t${i + 1}`]));
  const sorted = sortTasks(chain);
  expect(sorted.ok && sorted.value[0]?.id).toBe("t49999");
});

test("a cycle is reported as its path, `after` included", () => {
  const sorted = sortTasks([
    taskOf("start", ["a"]),
    taskOf("a", ["b"]),
    taskOf("b", [], { after: ["c"] }),
    taskOf("c", ["a"]),
  ]);
  expect(sorted).toMatchObject({
    ok: false,
    diagnostics: [{ code: "INC2002", message: "a cycle: a needs b needs c needs a" }],
  });
});
