import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

/** More than a pipe holds. */
const MANY = 3000;

beforeAll(async () => {
  rig = await Rig.create(`
const made = {};
for (let i = 0; i < ${MANY}; i += 1) made["a_task_with_quite_a_long_name_" + i] = task(sh\`true\`);
export const all = made;`);
});
afterAll(() => rig.close());

/** Runs shell text in which `inc` is the command line, and returns its output and the exit code of `inc`. */
function shell(text: string): string {
  const script = `inc() { "${process.execPath}" "${rig.cli}" "$@"; }; ${text}`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { cwd: rig.root, encoding: "utf8" });
  return stdout + stderr;
}

test.each([
  "list",
  "list --json",
  "graph",
  "why all.a_task_with_quite_a_long_name_1",
  "status",
  "--help",
  "run --help",
])("inc %s into a pipe that closes early ends quietly", (command) => {
  expect(shell(`inc ${command} | true; echo "exit \${PIPESTATUS[0]}"`)).toBe("exit 0\n");
});

test("a slow reader gets the whole output", () => {
  expect(shell("inc list | { sleep 0.2; wc -l; }")).toBe(`${MANY}\n`);
});
