import { join } from "node:path";
import { expect, test } from "vitest";
import { stackOf } from "../../../../src/execute/worker/child/problems.ts";
import { ROOT } from "../../../docs/projects.ts";

test("a stack has no frames of inc and of Node, whatever they wait for, and all properties of the error", () => {
  const own = join(ROOT, "src/manifest/records.ts");
  const error = Object.assign(new Error("no"), { code: "ENOENT" });
  error.stack = [
    "Error: no",
    "    at async open (node:internal/fs/promises:639:25)",
    "    at rows (file:///w/rows.ts?evaluation=2:3:1)",
    "    at async Promise.all (index 0)",
    "    at async file:///w/pipeline.ts?evaluation=2:9:5",
    `    at byKey (${own}:80:3)`,
    `    at async ${own}:81:20`,
  ].join("\n");
  expect(stackOf(error)).toBe(
    [
      "Error: no",
      "    at rows (/w/rows.ts:3:1)",
      "    at async Promise.all (index 0)",
      "    at async /w/pipeline.ts:9:5 {",
      "  code: 'ENOENT'",
      "}",
    ].join("\n"),
  );
});
