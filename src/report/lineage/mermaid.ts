import type { LineageDocument, LineageEdge, LineageNode } from "../../lineage/document.ts";
import { printable } from "../../model/printable.ts";
import { versionTitle } from "./lines.ts";

const ARROWS = { used: "-->", made: "==>", passed: "-.->", merged: "-.->" } as const satisfies Record<
  LineageEdge["kind"],
  string
>;

/**
 * Renders a document as a Mermaid flowchart. Ids are numbers, because Mermaid allows hardly any character of a name
 * in them.
 */
export function renderLineageMermaid({ nodes, edges }: LineageDocument): string {
  const number = new Map(nodes.map(({ id }, i) => [id, `n${i}`]));
  const drawn = edges.filter(({ from, to }) => number.has(from) && number.has(to));
  return [
    "flowchart LR",
    ...nodes.map((node) => `  ${number.get(node.id)}${box(node)}`),
    ...drawn.map(({ kind, from, to }) => `  ${number.get(from)} ${ARROWS[kind]} ${number.get(to)}`),
    ...classes(nodes, number),
  ].join("\n");
}

function box(node: LineageNode): string {
  const cut = node.truncated === true ? " …" : "";
  if (node.kind === "record") return `["${label(node.task)}${cut}"]`;
  const text = `${label(versionTitle(node))}${cut}`;
  if (node.type === "object") return `[("${text}")]`;
  return node.type === "source" || node.type === "artifact" ? `(["${text}"])` : `{{"${text}"}}`;
}

function classes(nodes: readonly LineageNode[], number: ReadonlyMap<string, string>): readonly string[] {
  const records = nodes.filter(({ kind }) => kind === "record").map(({ id }) => number.get(id));
  const stale = nodes
    .filter((node) => node.kind === "version" && (node.stale ?? []).length > 0)
    .map(({ id }) => number.get(id));
  return [
    ...(records.length > 0
      ? ["  classDef task fill:#e3f2fd,stroke:#1565c0,color:#0d2b45", `  class ${records} task`]
      : []),
    ...(stale.length > 0 ? ["  classDef stale stroke:#ef6c00,stroke-width:3px", `  class ${stale} stale`] : []),
  ];
}

/** Mermaid reads HTML entities with a `#` in place of the `&`. */
function label(text: string): string {
  return printable(text)
    .replaceAll("#", "#35;")
    .replaceAll('"', "#quot;")
    .replaceAll("<", "#lt;")
    .replaceAll(">", "#gt;")
    .replaceAll("&", "#amp;")
    .replaceAll("`", "#96;");
}
