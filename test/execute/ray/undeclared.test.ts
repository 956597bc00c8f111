import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { undeclaredInputs } from "../../../src/execute/ray/undeclared.ts";
import { taskOf } from "../../support/graph.ts";

const root = mkdtempSync(join(tmpdir(), "inc-undeclared-"));
for (const path of [
  "a.txt",
  "src/lib.h",
  "src/helper.py",
  "src/pkg/__init__.py",
  "src/pkg/part.py",
  "lib/tool.mjs",
  "node/x",
]) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), "");
}
afterAll(() => rmSync(root, { recursive: true }));

test.each([
  ["cat: a.txt: No such file or directory", ["a.txt"]],
  ["FileNotFoundError: [Errno 2] No such file or directory: 'a.txt'", ["a.txt"]],
  ["src/main.c:1:10: fatal error: lib.h: No such file or directory", ["src/lib.h"]],
  ["ModuleNotFoundError: No module named 'helper'", ["src/helper.py"]],
  ["ModuleNotFoundError: No module named 'pkg'", ["src/pkg"]],
  ["ModuleNotFoundError: No module named 'pkg.part'", ["src/pkg/part.py"]],
  ["/usr/bin/python3: No module named pkg", ["src/pkg"]],
  ["Error: Cannot find module '/there/work/lib/tool.mjs'", ["lib/tool.mjs"]],
  ["make: *** No rule to make target 'a.txt', needed by 'all'.  Stop.", ["a.txt"]],
  // What was brought, what is not here, what is no file's name.
  ["src/main.c: not found", []],
  ["cat: b.txt: No such file or directory", []],
  ["ModuleNotFoundError: No module named 'pandas'", []],
  ["a.txt has 5 lines", []],
])("what a command says of a file that it misses: %s", (log, paths) => {
  const brought = [{ path: "src/main.c" }, { path: "src/main.py" }];
  const found = undeclaredInputs({ task: taskOf("t"), log, place: "/there/work", root, brought });
  expect(found.map(({ message }) => /"([^"]*)", which/.exec(message)?.[1])).toEqual(paths);
});
