import type { LineageDocument } from "../../lineage/document.ts";
import type { TreeOptions } from "./tree.ts";

export type LineageFormat = "tree" | "json" | "dot" | "mermaid" | "openlineage" | "html";

/** So many nodes a person can still look at: what draws for people leaves out the rest, farthest first. */
const DRAWN = 2000;

/** How many nodes a document for a format may have; undefined: programs read it, so all there are. */
export function limitOf(format: LineageFormat): number | undefined {
  return format === "json" || format === "openlineage" ? undefined : DRAWN;
}

/** A document as text in a format, without a final line feed. Loads that one's renderer only. */
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
