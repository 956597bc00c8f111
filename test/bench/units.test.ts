import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Contestant, inc, plainNode, ranByRedun } from "../../bench/units/contestants.ts";
import { measure } from "../../bench/units/rounds.ts";
import { KINDS, Work } from "../../bench/units/work.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "inc-bench-test-"));
});

afterEach(() => rmSync(root, { recursive: true }));

test.each(KINDS)("inc and a script make the same of %s, and inc runs no more than it has to", async (kind) => {
  const results = await measure(new Work(kind, 3), [inc, plainNode], 2, root);
  expect([...results.keys()]).toEqual(["inc", "node"]);
  const { time = 0, cpu } = results.get("inc")?.["one edit"] ?? {};
  expect(time).toBeGreaterThan(0);
  // What starts a Node takes more than a tick of the clock.
  if (process.platform === "linux") expect(cpu).toBeGreaterThan(0);
  expect(["k000001", "k000002"].map((name) => readFileSync(join(root, "inc/build", name), "utf8"))).toEqual([
    "1!",
    "edited 1!",
  ]);
});

test("a contestant that makes something else is found out", async () => {
  const lazy: Contestant = { ...plainNode, name: "lazy", prepare: (at) => writeFileSync(join(at, "plain.mjs"), "") };
  await expect(measure(new Work("files", 2), [lazy], 1, root)).rejects.toThrow(/no such file|ENOENT/);
  const wrong: Contestant = {
    ...plainNode,
    prepare: (at) =>
      writeFileSync(
        join(at, "plain.mjs"),
        `import { writeFileSync } from "node:fs"; for (const i of [0, 1]) writeFileSync("build/k00000" + i, "?");`,
      ),
  };
  await expect(measure(new Work("files", 2), [wrong], 1, root)).rejects.toThrow('is "?", not "0!"');
  expect(existsSync(join(root, "node/build/k000001"))).toBe(true);
});

test("the number of jobs that redun ran is in its table", () => {
  const table = [
    "[redun] | JOB STATUS 2026/11/27 14:00:00",
    "[redun] | TASK        PENDING RUNNING  FAILED  CACHED    DONE   TOTAL",
    "[redun] |",
    "[redun] | ALL               0       0       0     199       2     201",
    "[redun] | bench.main        0       0       0       0       1       1",
    "[redun] | bench.unit        0       0       0     199       1     200",
  ].join("\n");
  expect(ranByRedun(table)).toBe(1);
  expect(ranByRedun("nothing")).toBeUndefined();
});
