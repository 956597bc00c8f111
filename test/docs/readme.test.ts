import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { blocksBelow, comparable, scriptOf, stepsOf } from "./tutorial.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const PRELUDE = `inc() { "${process.execPath}" "${join(ROOT, "bin/inc.js")}" "$@"; }`;

describe("README's tour", () => {
  const directory = mkdtempSync(join(tmpdir(), "inc-readme-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const blocks = blocksBelow(README, "## A tour in 60 seconds", "## Beside other tools");
  const { stdout, stderr, status } = spawnSync("bash", ["-c", scriptOf(blocks, PRELUDE)], {
    cwd: directory,
    encoding: "utf8",
    env: { PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`, HOME: directory, TMPDIR: tmpdir() },
  });

  test("runs to its end and prints nothing on stderr", () => {
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(existsSync(join(directory, "tour/shop/pipeline.ts"))).toBe(true);
  });

  const claimed = stepsOf(blocks, stdout).filter((step) => step.expected !== undefined);

  test("states the output of several commands", () => {
    expect(claimed.length).toBeGreaterThan(4);
  });

  test.each(claimed)("prints the stated output: $shell", ({ expected, printed }) => {
    expect(comparable(printed)).toEqual(comparable(expected ?? ""));
  });
});

test("every file that README links to exists", () => {
  const links = [...README.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = ""]) => path);
  expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
