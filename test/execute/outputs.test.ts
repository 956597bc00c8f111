import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { collectOutputs, prepareOutputs } from "../../src/execute/outputs.ts";
import { taskOf } from "../support/graph.ts";

const workspace = (): string => mkdtempSync(join(tmpdir(), "inc-execute-"));

test("outputs are removed before an attempt and checked after it", () => {
  const root = workspace();
  const task = taskOf("t");
  mkdirSync(join(root, "build/t"), { recursive: true });
  expect(prepareOutputs(task, root)).toEqual([]);
  expect(existsSync(join(root, "build/t"))).toBe(false);
  writeFileSync(join(root, "build/T"), "");
  const [missing] = collectOutputs(task, root, () => false);
  expect(missing?.message).toBe('task "t" succeeded, but did not make its output "build/t"');
  expect([missing?.notes?.[0]?.message, missing?.help]).toEqual([
    'in "build" there is "T"',
    ['did you mean "build/T"?'],
  ]);
  execFileSync("mkfifo", [join(root, "build/t")]);
  expect(collectOutputs(task, root, () => false)[0]?.message).toBe(
    'task "t" succeeded, but its output "build/t" is a named pipe, not a file',
  );
  expect(prepareOutputs(task, root)).toEqual([]);
  symlinkSync("/etc/passwd", join(root, "build/t"));
  expect(collectOutputs(task, root, () => false)[0]?.message).toBe(
    'task "t" succeeded, but its output "build/t" is a symlink that leads out of the workspace',
  );
});

test("an output behind a symlink is not removed", () => {
  const root = workspace();
  mkdirSync(join(root, "real"));
  writeFileSync(join(root, "real/t"), "mine");
  symlinkSync("real", join(root, "build"));
  expect(prepareOutputs(taskOf("t"), root).map(({ message }) => message)).toEqual([
    'task "t" cannot make "build/t": "build" is a symlink',
  ]);
  expect(readFileSync(join(root, "real/t"), "utf8")).toBe("mine");
});
