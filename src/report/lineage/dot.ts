import type { LineageDocument, LineageEdge, LineageNode } from "../../lineage/document.ts";
import { printable } from "../../model/printable.ts";
import { commandText, versionTitle } from "./lines.ts";

const SHAPES = {
  source: 'shape=note, fillcolor="#e8f5e9"',
  artifact: 'shape=note, fillcolor="#ffffff"',
  object: 'shape=cylinder, fillcolor="#f3e5f5"',
  param: 'shape=ellipse, fillcolor="#e0f7fa"',
  env: 'shape=ellipse, fillcolor="#e0f7fa"',
  tool: 'shape=component, fillcolor="#e0f7fa"',
} as const;

/** Renders a document in the DOT language of Graphviz, from inputs on the left to results on the right. */
export function renderLineageDot({ roots, nodes, edges }: LineageDocument): string {
  const ids = new Set(nodes.map(({ id }) => id));
  const drawn = edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
  return [
    "digraph lineage {",
    "  rankdir=LR;",
    '  node [style=filled, fillcolor="#ffffff", fontname="sans-serif"];',
    ...nodes.map((node) => `  ${quote(node.id)} [${attributes(node, roots.includes(node.id)).join(", ")}];`),
    ...drawn.map((edge) => `  ${quote(edge.from)} -> ${quote(edge.to)}${edgeAttributes(edge)};`),
    "}",
  ].join("\n");
}

function attributes(node: LineageNode, isRoot: boolean): readonly string[] {
  const cut = node.truncated === true ? ["peripheries=2"] : [];
  if (node.kind === "record")
    return [
      `label=${quote(node.task)}`,
      'shape=box, style="filled,rounded"',
      `fillcolor=${node.outcome === "ok" ? '"#e3f2fd"' : '"#ffebee"'}`,
      `tooltip=${quote(commandText(node))}`,
      ...cut,
    ];
  return [
    `label=${quote(versionTitle(node))}`,
    SHAPES[node.type],
    ...((node.stale ?? []).length > 0 ? ['color="#ef6c00"'] : []),
    ...(isRoot ? ["penwidth=2"] : []),
    ...cut,
  ];
}

function edgeAttributes(edge: LineageEdge): string {
  if (edge.kind === "passed" || edge.kind === "merged") return ` [style=dashed, label=${quote(edge.kind)}]`;
  return edge.kind === "used" && edge.found === true ? " [style=dotted]" : "";
}

function quote(text: string): string {
  return `"${printable(text.replaceAll("\\", "\\\\").replaceAll('"', '\\"'))}"`;
}
