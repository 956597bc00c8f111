import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { phase } from "../../../src/host/phases.ts";
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

test("phases that overlap have rows of their own, unless one contains the other: viewers drop them otherwise", async () => {
  const directory = mkdtempSync(join(tmpdir(), "inc-trace-"));
  const path = join(directory, "trace.json");
  const report = traceReport(path);
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const copies = [
    phase(
      "store",
      "copy",
      () => first.promise,
      () => "a",
    ),
    phase(
      "store",
      "copy",
      () => phase("files", "pin", () => second.promise),
      () => "b",
    ),
  ];
  first.resolve();
  await copies[0];
  second.resolve();
  await copies[1];
  await report.close();
  const { traceEvents } = JSON.parse(readFileSync(path, "utf8")) as {
    traceEvents: { ph: string; name: string; tid: number; args: { detail?: string; name?: string } }[];
  };
  const rows = traceEvents.filter(({ ph }) => ph === "X").map(({ name, args, tid }) => [name, args.detail, tid]);
  expect(rows.sort()).toEqual([
    ["copy", "a", 0],
    ["copy", "b", 1],
    ["pin", undefined, 1],
  ]);
  expect(traceEvents.filter(({ ph }) => ph === "M").map(({ tid, args }) => [tid, args.name])).toEqual([
    [0, "inc"],
    [1, "inc"],
  ]);
  rmSync(directory, { recursive: true });
});
