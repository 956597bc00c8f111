import { expect, test } from "vitest";
import { plainReport } from "../../../src/report/run/plain.ts";

const base = { kind: "task-ended", changed: true, saved: 0, time: 0, reason: { kind: "new" } } as const;

test("tasks that ran are listed with their output, a failed one is framed", () => {
  let text = "";
  const stdout = { write: (chunk: string) => (text += chunk) };
  const report = plainReport({ stdout, outputLogs: "new-only", color: false, cwd: "/w", readSource: () => undefined });
  report.event({ ...base, task: "a", result: "ran", duration: 1200, output: Buffer.from("hi\n") });
  report.event({ ...base, task: "b", result: "fresh", duration: 0 });
  const failure = {
    location: { file: "/w/pipeline.ts", line: 3, column: 1 },
    command: "false",
    cwd: "/w",
    outcome: "failed",
    exit: 1,
    signal: undefined,
    attempts: 2,
    diagnostics: [],
  } as const;
  report.event({ ...base, task: "c", result: "failed", duration: 5, output: Buffer.from("no\n"), failure });
  expect(text).toBe("ran      a  1.2s  never ran before\n  hi\nfailed   c  5ms  never ran before\n");
});

test("a task that failed and that a later round ended well is not framed", () => {
  let text = "";
  const stdout = { write: (chunk: string) => (text += chunk) };
  const report = plainReport({ stdout, outputLogs: "none", color: false, cwd: "/w", readSource: () => undefined });
  const location = { file: "/w/pipeline.ts", line: 3, column: 1 };
  const failure = {
    location,
    command: "x",
    cwd: "/w",
    outcome: "failed",
    exit: 1,
    signal: undefined,
    attempts: 1,
    diagnostics: [],
  } as const;
  for (const task of ["a", "b"]) report.event({ ...base, task, result: "failed", duration: 5, failure });
  report.event({ ...base, task: "a", result: "ran", duration: 5 });
  const counts = {
    ran: 1,
    restored: 0,
    fresh: 0,
    failed: 1,
    skipped: 0,
    cancelled: 0,
    wouldRun: 0,
    mayRun: 0,
    wouldRestore: 0,
  };
  report.event({ kind: "run-ended", summary: { run: "r", dry: false, duration: 9, saved: 0, exit: 1, ...counts } });
  expect(text).not.toContain("── a failed");
  expect(text).toContain("── b failed");
});
