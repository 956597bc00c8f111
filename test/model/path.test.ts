import { expect, test } from "vitest";
import { ancestors, isWithin, isWithinAny, overlap, upward, workspacePath } from "../../src/model/path.ts";

test.each([
  ["a", "a", true],
  ["a/b", "a", true],
  ["ab", "a", false],
  ["a", "a/b", false],
  ["a", ".", true],
  ["a", "", true],
  ["/a", ".", false],
  ["/a", "/", true],
  ["/", "/", true],
])("%s is within %s: %s", (path, directory, expected) => {
  expect(isWithin(path, directory)).toBe(expected);
});

test("paths overlap when one is in the other", () => {
  expect([overlap("a/b", "a"), overlap("a", "a/b"), overlap("a", "b")]).toEqual([true, true, false]);
});

test("a path is within any of its ancestors", () => {
  expect(isWithinAny("a/b/c", new Set(["a"]))).toBe(true);
  expect(isWithinAny("a/b/c", new Set(["a/b/c"]))).toBe(true);
  expect(isWithinAny("a/b/c", new Set(["a/b/c/d", "."]))).toBe(false);
});

test("ancestors come from the nearest up, without the workspace and without the root", () => {
  expect([...ancestors("a/b/c")]).toEqual(["a/b", "a"]);
  expect([...ancestors("/a/b")]).toEqual(["/a"]);
  expect([...ancestors("a")]).toEqual([]);
});

test("upward begins with the directory itself and ends with the root", () => {
  expect([...upward("/a/b")]).toEqual(["/a/b", "/a", "/"]);
  expect([...upward("a/b")]).toEqual(["a/b", "a", "."]);
  expect([...upward(".")]).toEqual(["."]);
});

test("a path outside of the workspace stays absolute, also beside one with a similar name", () => {
  expect(["/w", "/w/a", "/w/..a", "/wa", "/"].map((path) => workspacePath("/w", path))).toEqual([
    ".",
    "a",
    "..a",
    "/wa",
    "/",
  ]);
});
