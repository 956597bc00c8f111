import { expect, test } from "vitest";
import type { LineageDocument } from "../../../src/lineage/document.ts";
import { renderLineageTree } from "../../../src/report/lineage/tree.ts";

const LENGTH = 20_000;

test("a lineage of 20,000 steps is drawn, one line each", () => {
  const ids = Array.from({ length: LENGTH }, (_, i) => `o${i}@1`);
  const nodes = ids.map((id, i) => ({
    kind: "version",
    id,
    name: `o${i}`,
    n: 1,
    type: "artifact",
    identity: { type: "file", digest: "d".repeat(64), executable: false },
    size: 1,
    time: 0,
    cause: "made",
    latest: true,
  }));
  const edges = ids.slice(1).map((id, i) => ({ kind: "used", from: id, to: ids[i] }));
  const document = { direction: "up", roots: [ids[0]], nodes, edges } as unknown as LineageDocument;
  const lines = renderLineageTree(document, { color: false }).split("\n");
  expect(lines).toHaveLength(LENGTH);
  expect(lines[1]).toMatch(/^└─ o1@1/);
  expect(lines.at(-1)).toMatch(/^\(19999\) {2,}└─ o19999@1/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(300);
});
