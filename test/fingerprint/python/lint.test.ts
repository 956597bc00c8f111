import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { pythonTools } from "./tools.ts";
import { WHY_NOT } from "./trees.ts";

const DIRECTORY = fileURLToPath(new URL("../../../src/fingerprint/python/", import.meta.url));

test.skipIf(WHY_NOT !== undefined)("the slicer is typed and has no lint", { timeout: 300_000 }, () => {
  const run = (tool: string, ...args: string[]): string =>
    execFileSync(join(pythonTools(), tool), args, { cwd: DIRECTORY, encoding: "utf8" });
  expect(run("ruff", "check", "--no-cache", "slicer")).toContain("All checks passed!");
  expect(run("ruff", "format", "--no-cache", "--check", "slicer")).toContain("already formatted");
  expect(run("mypy", "--cache-dir=/dev/null", "slicer")).toContain("Success");
});

test("no file of the slicer has more than 300 lines", () => {
  const names = readdirSync(join(DIRECTORY, "slicer")).filter((name) => name.endsWith(".py"));
  expect(names.length).toBeGreaterThan(10);
  const lines = (name: string): number => readFileSync(join(DIRECTORY, "slicer", name), "utf8").split("\n").length - 1;
  expect(names.filter((name) => lines(name) > 300)).toEqual([]);
});
