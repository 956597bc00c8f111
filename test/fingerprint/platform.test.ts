import { expect, test } from "vitest";
import { describe, type Pins } from "../../src/fingerprint/describe.ts";
import { fingerprintOf } from "../../src/fingerprint/fingerprint.ts";
import { hasher } from "../../src/host/files/hash.ts";
import type { Digest } from "../../src/model/digest.ts";
import type { Graph, Task } from "../../src/model/graph.ts";
import { taskOf } from "../support/graph.ts";

/** The fingerprint of a task on a platform on which its tool has some bytes, and by some version of Node. */
function on(platform: string, task: Task, toolBytes = "same", node = "v24.1.0"): string {
  const tool = { kind: "file", digest: hasher.digest(toolBytes) as Digest } as const;
  const pins = { platform, shell: "bash", tool: () => tool, node, codeRoot: () => undefined } as unknown as Pins;
  const graph = { tasks: [task], sets: [], envs: [] } as unknown as Graph;
  const described = describe(graph, task, ["true"], pins);
  if (!described.ok) throw new Error(described.diagnostics[0]?.message);
  return fingerprintOf(described.value, hasher);
}

const cc = { kind: "tool", name: "cc", location: { file: "/w/pipeline.ts", line: 1, column: 1 } } as const;

test("a platform is part of a fingerprint unless the task says that it depends on none", () => {
  expect(on("linux-x64", taskOf("a"))).not.toBe(on("darwin-arm64", taskOf("a")));
  const any = taskOf("a", [], { platform: "any" });
  expect(on("linux-x64", any)).toBe(on("darwin-arm64", any));
  expect(on("linux-x64", any)).not.toBe(on("linux-x64", taskOf("a")));
});

test("what such a task reads counts as ever: a program of the machine has other bytes elsewhere", () => {
  const any = taskOf("a", [], { platform: "any", inputs: [cc] });
  expect(on("linux-x64", any, "ELF")).not.toBe(on("darwin-arm64", any, "Mach-O"));
});

test("42 the version of Node counts for a function, which it runs, and not for a command", () => {
  const code = { digest: hasher.digest("code") as Digest, reach: 0, env: [] };
  const called = taskOf("a", [], { action: { kind: "function", inputs: [], code } });
  expect(on("linux-x64", called)).toBe(on("linux-x64", called));
  expect(on("linux-x64", called, "same", "v24.2.0")).not.toBe(on("linux-x64", called));
  expect(on("linux-x64", taskOf("a"), "same", "v24.2.0")).toBe(on("linux-x64", taskOf("a")));
});
