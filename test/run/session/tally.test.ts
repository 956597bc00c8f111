import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fingerprint } from "../../../src/model/digest.ts";
import type { TaskResult } from "../../../src/model/event.ts";
import { UntouchedTasks } from "../../../src/run/decide/untouched-tasks.ts";
import { Tally } from "../../../src/run/session/tally.ts";
import { FreshTable, NO_TASKS } from "../../../src/workspace/fresh-table.ts";
import { taskOf } from "../../support/graph.ts";

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

const ALL = ["a", "b", "c", "d", "e"].map((id) => taskOf(id));
const TABLE = FreshTable.of(
  ALL,
  ({ id }) => ({ fingerprint: "0".repeat(64) as Fingerprint, took: id.charCodeAt(0), form: 1, found: [] }),
  NO_TASKS,
);

test("tasks that are noted at once count as those that are noted one by one", () => {
  const ids = ALL.map(({ id }) => id);
  const step = fc.oneof(
    fc.record({ task: fc.constantFrom(...ids), result: fc.constantFrom<TaskResult>("ran", "failed", "fresh") }),
    fc.record({ untouched: fc.subarray(ALL) }),
    fc.record({ gone: fc.subarray(ids) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const [tally, singly] = [new Tally(), new Tally()];
      for (const one of steps)
        if ("task" in one) {
          const took = one.task.charCodeAt(0);
          expect(tally.note(one.task, one.result, took)).toBe(singly.note(one.task, one.result, took));
        } else if ("gone" in one) for (const each of [tally, singly]) each.forget(one.gone);
        else {
          const news = tally.noteUntouched(new UntouchedTasks(one.untouched, TABLE));
          const expected = one.untouched.filter(({ id }) => singly.note(id, "fresh", id.charCodeAt(0)));
          expect(news).toEqual(expected.map(({ id }) => id));
        }
      const said = (of: Tally): unknown => [
        ids.map((id) => [of.result(id), of.has(id), of.succeeded(id), of.took(id)]),
        of.summary({ run: "", dry: false, duration: 0, exit: 0 }),
        [...of.tasks].sort(),
      ];
      expect(said(tally)).toEqual(said(singly));
    }),
    { numRuns: 500 },
  );
});
