import { expect, test } from "vitest";
import { Tally } from "../../../src/run/session/tally.ts";

test("what each round says of a task without an attempt is news once, and again when it is something else", () => {
  const tally = new Tally();
  expect(tally.note("a", "skipped", 0, "f failed")).toBe(true);
  expect(tally.note("a", "skipped", 0, "f failed")).toBe(false);
  expect(tally.note("a", "skipped", 0, "g failed")).toBe(true);
  expect([tally.note("a", "ran", 5), tally.note("a", "fresh", 5)]).toEqual([true, false]);
  expect(tally.note("a", "skipped", 0, "g failed")).toBe(true);
  tally.decided("a");
  expect(tally.note("a", "skipped", 0, "g failed")).toBe(true);
  expect([tally.note("b", "failed", 1), tally.note("b", "failed", 1)]).toEqual([true, true]);
});

test("a task that did not end well and is found fresh by a later round is fresh", () => {
  const tally = new Tally();
  tally.note("a", "skipped", 0, "f failed");
  expect(tally.note("a", "fresh", 5)).toBe(true);
  expect([tally.isGood, tally.count("skipped"), tally.count("fresh"), tally.took("a")]).toEqual([true, 0, 1, 5]);
});
