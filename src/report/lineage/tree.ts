import { type Adjacency, adjacencyOf } from "../../lineage/adjacency.ts";
import type { LineageDocument, LineageEdge, UsedPart } from "../../lineage/document.ts";
import { defined } from "../../model/defined.ts";
import { printable } from "../../model/printable.ts";
import { type Lead, leadBelow, ROOT } from "../text/branches.ts";
import { paint } from "../text/color.ts";
import { characterWidth, textWidth } from "../text/width.ts";
import { recordLines, type Segment, versionLine } from "./lines.ts";

export interface TreeOptions {
  readonly color: boolean;
  /** The width of the terminal in columns; absent: lines are not cut. */
  readonly columns?: number;
}

/** How many members of a set are shown; the others are counted. */
const MEMBERS = 20;

/** A branch that is still to be drawn: a node, or a heading with branches below. */
interface Branch {
  readonly item: Item;
  readonly lead: Lead;
}

type Item =
  | { readonly kind: "node"; readonly id: string; readonly element?: UsedPart }
  | { readonly kind: "set"; readonly label: string; readonly edges: readonly LineageEdge[] }
  | { readonly kind: "more"; readonly count: number };

/**
 * Draws a document as a tree for a terminal, from the roots on. A node that several depend on is drawn once, and then
 * only named.
 */
export function renderLineageTree(document: LineageDocument, options: TreeOptions): string {
  const graph = adjacencyOf(document);
  const drawn = new Set<string>();
  const lines: string[] = [];
  const open: Branch[] = document.roots.map((id) => ({ item: { kind: "node", id }, lead: ROOT }));
  open.reverse();
  // An explicit stack: lineage may be deeper than the call stack.
  for (let branch = open.pop(); branch !== undefined; branch = open.pop()) {
    const { item, lead } = branch;
    const below = childrenOf(item, graph);
    const again = item.kind === "node" && drawn.has(item.id) && below.length > 0;
    const [first = [], ...others] = linesOf(item, graph, again);
    lines.push(fit([{ text: lead.first }, ...first], options));
    if (again) continue;
    if (item.kind === "node") drawn.add(item.id);
    for (const line of others)
      lines.push(fit([{ text: `${lead.rest}${below.length > 0 ? "│  " : "   "}` }, ...line], options));
    const children = below.map((child, i): Branch => ({ item: child, lead: leadBelow(lead, i === below.length - 1) }));
    open.push(...children.reverse());
  }
  return [...lines, ...footer(document)].join("\n");
}

function childrenOf(item: Item, graph: Adjacency): readonly Item[] {
  if (item.kind === "more") return [];
  const edges = item.kind === "node" ? graph.onward(item.id) : item.edges;
  const nodes = (some: readonly LineageEdge[]): Item[] =>
    some.map((edge) => {
      const element = edge.kind === "used" && item.kind === "node" && edge.to === item.id ? edge.element : undefined;
      return { kind: "node", id: graph.farEnd(edge), ...defined({ element }) };
    });
  if (item.kind === "set") {
    const hidden = edges.length - MEMBERS;
    return [...nodes(edges.slice(0, MEMBERS)), ...(hidden > 0 ? [{ kind: "more", count: hidden } as const] : [])];
  }
  // Members of a set are below its label, unless the path leads down from a member.
  const isMember = (edge: LineageEdge): boolean =>
    edge.kind === "used" && edge.set !== undefined && edge.to === item.id;
  const sets = Map.groupBy(edges.filter(isMember), (edge) => (edge.kind === "used" ? (edge.set ?? "") : ""));
  const groups = [...sets].map(([label, members]): Item => ({ kind: "set", label, edges: members }));
  return [...nodes(edges.filter((edge) => !isMember(edge))), ...groups];
}

function linesOf(item: Item, graph: Adjacency, again: boolean): readonly (readonly Segment[])[] {
  if (item.kind === "more") return [[{ text: `… and ${item.count} more`, style: "dim" }]];
  if (item.kind === "set") {
    const count = `${item.edges.length} ${item.edges.length === 1 ? "member" : "members"}`;
    return [
      [
        { text: printable(item.label), style: "italic" },
        { text: ` (${count})`, style: "dim" },
      ],
    ];
  }
  const node = graph.nodes.get(item.id);
  if (node === undefined) return [];
  if (node.kind === "version")
    return [[...versionLine(node, item.element), ...(again ? [{ text: "  (see above)", style: "dim" } as const] : [])]];
  return again ? [[{ text: `${printable(node.task)}  (see above)`, style: "dim" }]] : recordLines(node);
}

function footer({ direction, roots, nodes }: LineageDocument): readonly string[] {
  const asked = new Set(roots);
  const made = nodes.filter((node) => node.kind === "version" && !asked.has(node.id));
  const results = made.filter((node) => node.kind === "version" && node.type === "artifact" && node.latest).length;
  const stale = made.filter((node) => node.kind === "version" && (node.stale ?? []).length > 0).length;
  return [
    ...(direction === "up" ? [] : [impact(stale, results)]),
    ...(nodes.some((node) => node.truncated === true) ? ["… marks where more was left out"] : []),
  ];
}

function impact(stale: number, results: number): string {
  if (results === 0) return "no current result is built from this version";
  const built = (count: number): string => `${count} ${count === 1 ? "result" : "results"} built from this version`;
  if (stale === 0) return `${built(results)}, ${results === 1 ? "up to date" : "all up to date"}`;
  if (stale === results) return `${built(results)} ${results === 1 ? "is" : "are"} out of date`;
  return `${stale} of ${built(results)} ${stale === 1 ? "is" : "are"} out of date`;
}

/** Paints a line, cut to the width with an ellipsis. */
function fit(segments: readonly Segment[], { color, columns = Number.POSITIVE_INFINITY }: TreeOptions): string {
  const fitsWhole =
    columns === Number.POSITIVE_INFINITY || segments.reduce((sum, { text }) => sum + textWidth(text), 0) <= columns;
  if (fitsWhole)
    return segments
      .map(({ text, style }) => paintIn(style, text, color))
      .join("")
      .trimEnd();
  let left = columns - 1;
  let line = "";
  for (const { text, style } of segments) {
    const fits = left >= textWidth(text) ? text : beginning(text, left);
    line += paintIn(style, fits, color);
    left -= textWidth(fits);
    if (fits !== text) break;
  }
  return `${line}…`;
}

function paintIn(style: Segment["style"], text: string, color: boolean): string {
  return style === undefined ? text : paint(style, text, color);
}

/** The beginning of a text that fits into so many columns. */
function beginning(text: string, columns: number): string {
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns) break;
    end += character.length;
  }
  return text.slice(0, end);
}
