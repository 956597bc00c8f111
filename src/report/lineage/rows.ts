import { adjacencyOf } from "../../lineage/adjacency.ts";
import type { LineageDocument, LineageNode } from "../../lineage/document.ts";
import { printable } from "../../model/printable.ts";
import type { LineageRow } from "../page/pictures.ts";
import { recordLines, type Segment, versionLine } from "./lines.ts";

/** The lines of `inc lineage`, from the roots on: one for each version and each attempt. */
export function lineageRows(document: LineageDocument): readonly LineageRow[] {
  const graph = adjacencyOf(document);
  const drawn = new Set<string>();
  const rows: LineageRow[] = [];
  const open = document.roots.map((id) => ({ id, depth: 0 })).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { id, depth } = next;
    const node = graph.nodes.get(id);
    if (node === undefined) continue;
    const below = graph.onward(id).map((edge) => ({ id: graph.farEnd(edge), depth: depth + 1 }));
    const again = drawn.has(id) && below.length > 0;
    rows.push({ depth, kind: node.kind, id: node.kind === "record" ? node.task : id, ...textOf(node), again });
    if (!again) open.push(...below.reverse());
    drawn.add(id);
  }
  return rows;
}

function textOf(node: LineageNode): Pick<LineageRow, "name" | "facts"> {
  const lines: readonly (readonly Segment[])[] = node.kind === "record" ? recordLines(node) : [versionLine(node)];
  const [name, ...facts] = (lines[0] ?? []).map(({ text }) => printable(text));
  return { name: name ?? "", facts: facts.join("").trim() };
}
