import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { rayEnvironment, whyNoCluster } from "../ray/cluster.ts";

const PROGRAM = fileURLToPath(new URL("../../../src/execute/python", import.meta.url));

const why = whyNoCluster();
if (why !== undefined) console.log(`the tools that check Python are not there: ${why}`);

test.skipIf(why !== undefined)("the program is typed and has no lint", () => {
  const run = (tool: string, ...args: string[]): string =>
    execFileSync(`${rayEnvironment()}/bin/${tool}`, args, { cwd: PROGRAM, encoding: "utf8" });
  expect(run("ruff", "check", "--no-cache", "inctask")).toContain("All checks passed!");
  expect(run("ruff", "format", "--no-cache", "--check", "inctask")).toContain("already formatted");
  expect(run("mypy", "--cache-dir=/dev/null", "inctask")).toContain("Success");
});
