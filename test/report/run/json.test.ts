import { expect, test } from "vitest";
import { jsonReport } from "../../../src/report/run/json.ts";

test("tasks that are reported at once have the lines that single ones have", () => {
  const lines: string[] = [];
  jsonReport({ write: (text) => lines.push(text) }).event({
    kind: "tasks-untouched",
    tasks: ["a", "b"],
    saved: [5, 0],
    time: 7,
  });
  const said = lines.map((line) => JSON.parse(line));
  const unchanged = { kind: "unchanged" };
  const decided = { kind: "task-decided", decision: { action: "fresh", reason: unchanged }, time: 7 };
  const ended = { kind: "task-ended", result: "fresh", reason: unchanged, changed: false, duration: 0, time: 7 };
  expect(said).toEqual([
    { ...decided, task: "a" },
    { ...ended, task: "a", saved: 5 },
    { ...decided, task: "b" },
    { ...ended, task: "b", saved: 0 },
  ]);
});
