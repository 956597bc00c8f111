import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { traceReport } from "../../../src/report/run/trace.ts";

test("an attempt is a complete event in the row of its slot, with its outcome and reason", async () => {
  const directory = mkdtempSync(join(tmpdir(), "inc-trace-"));
  const path = join(directory, "trace.json");
  const report = traceReport(path);
  report.event({
    kind: "run-started",
    run: "r",
    manifest: "pipeline.ts",
    tasks: ["a"],
    jobs: 1,
    dry: false,
    time: 1000,
  });
  report.event({ kind: "task-decided", task: "a", decision: { action: "run", reason: { kind: "new" } }, time: 1001 });
  report.event({
    kind: "attempt-started",
    task: "a",
    attempt: 1,
    command: "make a",
    expected: undefined,
    log: "/l",
    time: 1002,
  });
  report.event({
    kind: "attempt-ended",
    task: "a",
    attempt: 1,
    outcome: "ok",
    exit: 0,
    signal: undefined,
    duration: 8,
    retryIn: undefined,
    time: 1010,
  });
  await report.close();
  const { traceEvents } = JSON.parse(readFileSync(path, "utf8")) as { traceEvents: { ph: string }[] };
  expect(traceEvents.filter(({ ph }) => ph === "X")).toEqual([
    {
      name: "a",
      ph: "X",
      ts: 2000,
      dur: 8000,
      pid: 1,
      tid: 1,
      args: { outcome: "ok", attempt: 1, reason: "never ran before", command: "make a" },
    },
  ]);
  rmSync(directory, { recursive: true });
});
