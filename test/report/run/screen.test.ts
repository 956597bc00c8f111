import { expect, test } from "vitest";
import type { Event } from "../../../src/model/event.ts";
import { Screen } from "../../../src/report/run/screen.ts";

const started = (task: string, time: number, expected?: number): Event => ({
  kind: "attempt-started",
  task,
  attempt: 1,
  command: "true",
  expected,
  log: "/l",
  time,
});
const run = (tasks: string[]): Event => ({
  kind: "run-started",
  run: "r",
  manifest: "pipeline.ts",
  tasks,
  jobs: 2,
  dry: false,
  time: 0,
});
const ended = (task: string, result: "ran" | "failed"): Event => ({
  kind: "task-ended",
  task,
  result,
  reason: { kind: "new" },
  changed: true,
  duration: 5,
  saved: 0,
  time: 0,
});
const OPTIONS = { color: false, mark: "*" };

test("the running tasks, the longest first, with their expected times, and the progress", () => {
  const screen = new Screen();
  for (const event of [
    run(["a", "b", "c", "d"]),
    started("a", 0),
    ended("a", "ran"),
    started("c", 3000),
    started("b", 1000, 4000),
  ])
    screen.event(event);
  expect(screen.lines(5000, { columns: 60, rows: 24 }, OPTIONS)).toEqual([
    " * b  4.0s of about 4.0s",
    " * c  2.0s",
    " █████░░░░░░░░░░░░░░░ 1/4",
  ]);
});

test("failed tasks are counted, and a retry says when it begins", () => {
  const screen = new Screen();
  for (const event of [run(["a", "b"]), started("a", 0), ended("a", "failed"), started("b", 0)]) screen.event(event);
  screen.event({
    kind: "attempt-ended",
    task: "b",
    attempt: 1,
    outcome: "failed",
    exit: 1,
    signal: undefined,
    duration: 1,
    retryIn: 200,
    time: 1,
  });
  expect(screen.lines(5, { columns: 60, rows: 24 }, OPTIONS)).toEqual([
    " * b  attempt 1 failed, the next in 200ms",
    " ██████████░░░░░░░░░░ 1/2  1 failed",
  ]);
});

test("with ten thousand tasks there are no more and no longer lines than fit the terminal", () => {
  const screen = new Screen();
  const tasks = Array.from({ length: 10_000 }, (_, i) => `日本語-${i}-${"x".repeat(100)}`);
  screen.event(run(tasks));
  for (const task of tasks) screen.event(started(task, 0));
  const lines = screen.lines(10, { columns: 40, rows: 10 }, OPTIONS);
  expect(lines).toHaveLength(9);
  expect(lines.at(-2)).toBe("   and 9993 more");
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
});

test("in a narrow terminal the keys of units and the times stay, so that no two lines look alike", () => {
  const screen = new Screen();
  const tasks = ["eu", "us"].map((region) => `all.convert_a_rather_long_name[data/${region}/2026.csv]`);
  screen.event(run(tasks));
  for (const task of tasks) screen.event(started(task, 0));
  expect(screen.lines(62_000, { columns: 44, rows: 10 }, OPTIONS).slice(0, 2)).toEqual([
    " * all.convert_a_ra…data/eu/2026.csv]  1m02s",
    " * all.convert_a_ra…data/us/2026.csv]  1m02s",
  ]);
});

test("the last line of a task's output is shown beside it if it fits", () => {
  const screen = new Screen();
  const say = (text: string): void =>
    screen.event({ kind: "task-output", task: "a", output: Buffer.from(text), time: 0 });
  const line = (columns: number): string => screen.lines(1000, { columns, rows: 10 }, OPTIONS)[0] ?? "";
  screen.event(run(["a"]));
  screen.event(started("a", 0));
  say("loading\n\u001b[2Jepoch 1\n\n");
  expect(line(60)).toBe(" * a  1.0s  epoch 1");
  say("10%\r20%");
  expect(line(60)).toBe(" * a  1.0s  20%");
  say(`\n${"long ".repeat(30)}`);
  expect(line(30)).toBe(" * a  1.0s  long long long lo…");
  expect(line(16)).toBe(" * a  1.0s");
  screen.event(started("a", 0));
  expect(line(60)).toBe(" * a  1.0s");
});

test("a task that a later round ends once more counts once, as it ended then", () => {
  const screen = new Screen();
  for (const event of [run(["a", "b"]), ended("a", "failed"), ended("b", "ran"), ended("a", "ran"), started("c", 0)])
    screen.event(event);
  expect(screen.lines(0, { columns: 60, rows: 24 }, OPTIONS).at(-1)).toBe(" ████████████████████ 2/2");
});

test("the machine that a task runs on is beside its name, the last one if it was lost on another", () => {
  const screen = new Screen();
  const placed = (task: string, host: string): Event => ({ kind: "attempt-placed", task, host, time: 0 });
  for (const event of [run(["a", "b"]), started("a", 0), placed("a", "beta"), started("b", 0), placed("a", "gamma")])
    screen.event(event);
  expect(screen.lines(5000, { columns: 60, rows: 24 }, OPTIONS).slice(0, 2)).toEqual([
    " * a @ gamma  5.0s",
    " * b  5.0s",
  ]);
});

test("while the run connects to a cluster, that is the first line", () => {
  const screen = new Screen();
  const lines = (): readonly string[] => screen.lines(3000, { columns: 60, rows: 24 }, OPTIONS);
  for (const event of [run(["a", "b"]), started("b", 0), { kind: "connecting", time: 1000 } as const])
    screen.event(event);
  expect(lines().slice(0, 2)).toEqual([" * connecting to the Ray cluster  2.0s", " * b  3.0s"]);
  screen.event({ kind: "connected", time: 3000 });
  expect(lines()[0]).toBe(" * b  3.0s");
});
