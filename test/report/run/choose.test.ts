import { expect, test } from "vitest";
import { isLive } from "../../../src/report/run/choose.ts";

const terminal = { isTTY: true };
const pipe = {};

test.each([
  ["a terminal", true, { stdout: terminal, stderr: terminal, env: {} }],
  ["a pipe", false, { stdout: pipe, stderr: terminal, env: {} }],
  ["a terminal that cannot move its cursor", false, { stdout: terminal, stderr: terminal, env: { TERM: "dumb" } }],
  ["a log of CI", false, { stdout: terminal, stderr: terminal, env: { CI: "true" } }],
  ["lines of INC_DEBUG in between", false, { stdout: terminal, stderr: terminal, env: { INC_DEBUG: "all" } }],
  ["lines of INC_DEBUG elsewhere", true, { stdout: terminal, stderr: pipe, env: { INC_DEBUG: "all" } }],
  [
    "lines of INC_DEBUG in a file",
    true,
    { stdout: terminal, stderr: terminal, env: { INC_DEBUG: "all", INC_DEBUG_FILE: "log" } },
  ],
])("the live view is for terminals where nothing else is written: %s: %s", (_, expected, choice) => {
  expect(isLive(choice)).toBe(expected);
});
