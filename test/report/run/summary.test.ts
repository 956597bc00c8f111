import { expect, test } from "vitest";
import { describeReason } from "../../../src/report/explain/reason.ts";
import { renderSummary } from "../../../src/report/run/summary.ts";

const summary = {
  run: "r",
  dry: false,
  ran: 3,
  restored: 1,
  fresh: 96,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  wouldRun: 0,
  mayRun: 0,
  wouldRestore: 0,
  duration: 1200,
  saved: 45_000,
  exit: 0,
} as const;

test("the summary is one line", () => {
  expect(renderSummary(summary)).toBe("ran 3, restored 1, fresh 96, failed 0 in 1.2s (saved 45.0s)");
});

test("a reason names the first cause and counts the others", () => {
  expect(describeReason({ kind: "outputs-missing", paths: ["build/a.csv", "b", "c"] })).toBe(
    "output build/a.csv is missing, +2 more",
  );
  const changes = [{ aspect: "command", removed: ["a"], added: ["b"] }] as const;
  expect(describeReason({ kind: "changed", changes })).toBe("command changed");
});
