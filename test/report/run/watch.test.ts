import { expect, test } from "vitest";
import type { Event, Summary } from "../../../src/model/event.ts";
import { type Notify, watchReport } from "../../../src/report/run/watch.ts";

const BELL = "\u0007";

type Ended = Extract<Event, { readonly kind: "task-ended" }>;

const failed: Ended = {
  kind: "task-ended",
  task: "check",
  result: "failed",
  reason: { kind: "changed", changes: [] },
  changed: false,
  duration: 1,
  saved: 0,
  failure: {
    location: { file: "/w/pipeline.ts", line: 1, column: 1 },
    command: "false",
    cwd: ".",
    outcome: "failed",
    exit: 1,
    signal: undefined,
    attempts: 1,
    diagnostics: [],
  },
  time: 0,
};
const { failure: _, ...left } = failed;
const again: Ended = { ...left, reason: { kind: "failed-before" } };
const ran: Ended = { ...left, result: "ran" };

const summaryOf = (event: Ended): Summary => ({
  run: "r",
  dry: false,
  ran: event.result === "ran" ? 1 : 0,
  restored: 0,
  fresh: 0,
  failed: event.result === "failed" ? 1 : 0,
  skipped: 0,
  cancelled: 0,
  wouldRun: 0,
  mayRun: 0,
  wouldRestore: 0,
  duration: 1,
  saved: 0,
  exit: event.result === "failed" ? 1 : 0,
});

function reporting(notify: Notify) {
  let text = "";
  const report = watchReport({
    stdout: {
      write: (more: string) => {
        text += more;
        return true;
      },
    },
    outputLogs: "new-only",
    color: false,
    cwd: "/w",
    readSource: () => undefined,
    clear: false,
    keys: undefined,
    notify,
  } as Parameters<typeof watchReport>[0]);
  return {
    /** The output of one run. */
    run(event: Ended): string {
      text = "";
      report.began({ paths: new Set(["a"]), all: false, retry: false });
      report.event(event);
      report.ended(summaryOf(event));
      return text;
    },
    show(what: "why" | "failures"): string {
      text = "";
      report.show(what);
      return text;
    },
  };
}

test("the bell rings when tasks begin to fail and when all is well again, and not otherwise", () => {
  const report = reporting("bell");
  expect([ran, failed, again, ran, ran].map((event) => report.run(event).includes(BELL))).toEqual([
    false,
    true,
    false,
    true,
    false,
  ]);
});

test("a desktop notification says what happened", () => {
  const report = reporting("desktop");
  expect(report.run(failed)).toContain("\u001b]9;inc: 1 failed\u0007\u001b]777;notify;inc;1 failed\u0007");
  expect(report.run(ran)).toContain("inc: all is well again");
});

test("by default there is no notification", () => {
  const report = reporting("none");
  expect(report.run(failed) + report.run(ran)).not.toContain(BELL);
});

test("a run that shows nothing says so when all is well again, as after the manifest is fixed", () => {
  const report = reporting("none");
  const fresh: Ended = { ...left, result: "fresh", reason: { kind: "unchanged" } };
  report.run(ran);
  expect(report.run(fresh)).toBe("");
  report.run(failed);
  expect(report.run(fresh)).toBe("── a changed\nall is well again\n");
  expect(report.run(fresh)).toBe("");
});

test("a failure is shown until the task succeeds", () => {
  const report = reporting("none");
  expect(report.show("failures")).toBe("nothing has failed\n");
  report.run(failed);
  report.run(again);
  expect(report.show("failures")).toContain("── check failed\n");
  report.run(ran);
  expect(report.show("failures")).toBe("nothing has failed\n");
});

test("a failure of a task that is gone, or of a fan-out that has units again, is not shown", () => {
  const report = reporting("none");
  report.run(failed);
  report.run({ ...ran, task: "another" });
  expect(report.show("failures")).toBe("nothing has failed\n");
});
