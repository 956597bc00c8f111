import type { LineageDocument } from "../../lineage/document.ts";
import type { TreeOptions } from "./tree.ts";

export type LineageFormat = "tree" | "json" | "dot" | "mermaid" | "openlineage" | "html";

/** The most nodes that a person can make sense of: formats for people leave out the rest, farthest first. */
const MOST_DRAWN = 2000;

/** How many nodes a document may have in a format; undefined: all, because programs read it. */
export function limitOf(format: LineageFormat): number | undefined {
  return format === "json" || format === "openlineage" ? undefined : MOST_DRAWN;
}

/** Renders a document in a format, without a final line feed. Loads only the renderer of that format. */
export async function renderLineage(
  document: LineageDocument,
  format: LineageFormat,
  options: TreeOptions & { readonly workspace: string; readonly version: string },
): Promise<string> {
  switch (format) {
    case "tree":
      return (await import("./tree.ts")).renderLineageTree(document, options);
    case "json":
      return JSON.stringify(document, undefined, 2);
    case "dot":
      return (await import("./dot.ts")).renderLineageDot(document);
    case "mermaid":
      return (await import("./mermaid.ts")).renderLineageMermaid(document);
    case "openlineage":
      return (await import("../openlineage/events.ts")).renderOpenLineage(document, options);
    case "html":
      return (await import("./html.ts")).renderLineageHtml(document);
  }
}
