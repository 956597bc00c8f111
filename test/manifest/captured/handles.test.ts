import { expect, test } from "vitest";
import { describeDeclaration } from "../../../src/manifest/captured/handles.ts";
import type { Declaration } from "../../../src/manifest/declaration.ts";

/** A task over two that share their inputs, and so on: each has the whole depth twice. */
function diamonds(depth: number, word: string): Declaration {
  const below = depth === 0 ? word : diamonds(depth - 1, word);
  return { kind: "task", inputs: { left: below, right: below } } as unknown as Declaration;
}

test("tasks that share their inputs are described once each, down to the last one", () => {
  const text = JSON.stringify(describeDeclaration(diamonds(30, "a")));
  expect(text.length).toBeLessThan(5_000);
  expect(JSON.stringify(describeDeclaration(diamonds(30, "b")))).not.toBe(text);
});

test("a declaration that leads back to itself has an end", () => {
  const around: Record<string, unknown> = { kind: "task" };
  around["inputs"] = [around];
  expect(describeDeclaration(around as unknown as Declaration)).toEqual({ kind: "task", inputs: [{ same: 0 }] });
});
