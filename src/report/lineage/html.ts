import type { LineageDocument, LineageEdge, LineageNode } from "../../lineage/document.ts";
import { printable } from "../../model/printable.ts";
import { pageAsset } from "../assets.ts";
import { BOX } from "../page/box.ts";
import { beginningInBox, drawGraph, endInBox } from "../page/graph-drawing.ts";
import { escapeMarkup, TIP, ZOOM_BUTTONS } from "../page/markup.ts";
import type { Corner, LineagePicture } from "../page/pictures.ts";
import { formatDuration } from "../text/duration.ts";
import { formatSize } from "../text/size.ts";
import { lineageDetails } from "./details.ts";
import { valueText, versionTitle } from "./lines.ts";

/**
 * Renders one page that holds all it needs: the graph as SVG, laid out already, and a script that zooms, moves and
 * shows details. It requests nothing from the network, and its policy forbids that, too.
 */
export function renderLineageHtml(document: LineageDocument): string {
  const { direction, nodes, edges, roots } = document;
  const index = new Map(nodes.map(({ id }, i) => [id, i]));
  const drawn = edges.flatMap((edge) => {
    const [from, to] = [index.get(edge.from), index.get(edge.to)];
    return from === undefined || to === undefined ? [] : [{ edge, from, to }];
  });
  const pairs = drawn.map(({ from, to }) => [from, to] as const);
  const { corners, lines } = drawGraph(nodes.length, pairs, direction === "up" ? "right" : "left");
  const title = `Lineage of ${roots.slice(0, 3).join(", ")}${roots.length > 3 ? ", …" : ""}`;
  const data: LineagePicture = {
    nodes: nodes.map((node) => ({ title: titleOf(node), details: lineageDetails(node) })),
    edges: pairs,
    corners,
    roots: roots.flatMap((id) => index.get(id) ?? []),
  };
  return page(
    printable(title),
    [
      ...drawn.map(({ edge }, i) => edgeSvg(edge, i, lines[i] as string)),
      ...nodes.map((node, i) => nodeSvg(node, i, corners[i], roots.includes(node.id))),
    ],
    JSON.stringify(data),
  );
}

function page(title: string, shapes: readonly string[], data: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeMarkup(title)}</title>
<style>
${pageAsset("lineage.css")}</style>
</head>
<body>
<header>
<h1>${escapeMarkup(title)}</h1>
<input type="search" id="search" placeholder="Find" aria-label="Find a node by its name">
<div role="toolbar" aria-label="View">
${ZOOM_BUTTONS}
</div>
</header>
<main>
<svg id="graph" role="group" aria-label="${escapeMarkup(title)}" aria-describedby="keys">
${TIP}
<g id="view">
${shapes.join("\n")}
</g>
</svg>
<aside id="details" aria-live="polite" aria-label="Details" hidden></aside>
</main>
<p id="keys">Arrow keys go from node to node: left to its inputs, right to its results. Enter shows details, Escape closes them, + and − zoom, 0 shows all. Drag and wheel move and zoom.</p>
<script type="application/json" id="data">${data.replaceAll("<", "\\u003c")}</script>
<script>
${pageAsset("lineage.js")}</script>
</body>
</html>`;
}

function nodeSvg(node: LineageNode, i: number, corner: Corner | undefined, isRoot: boolean): string {
  const [x, y] = corner ?? [0, 0];
  const classes = [
    "node",
    node.kind === "record" ? "task" : node.type,
    ...(node.kind === "record" && node.outcome !== "ok" ? ["failed"] : []),
    ...(node.kind === "version" && (node.stale ?? []).length > 0 ? ["stale"] : []),
    ...(node.truncated === true ? ["cut"] : []),
    ...(isRoot ? ["root"] : []),
  ];
  const label = `${node.kind === "record" ? "task" : node.type} ${titleOf(node)}, ${factsOf(node)}`;
  return `<g class="${classes.join(" ")}" id="n${i}" transform="translate(${x} ${y})" role="button" tabindex="-1" aria-pressed="false" aria-label="${escapeMarkup(label)}"><title>${escapeMarkup(titleOf(node))}</title><rect width="${BOX.width}" height="${BOX.height}" rx="${node.kind === "record" ? 18 : 4}"></rect><text x="10" y="17" class="name">${escapeMarkup(nameOf(node))}</text><text x="10" y="32" class="facts">${escapeMarkup(endInBox(factsOf(node)))}</text></g>`;
}

function edgeSvg(edge: LineageEdge, i: number, line: string): string {
  return `<path class="edge ${edge.kind}" id="e${i}" d="${line}"></path>`;
}

function titleOf(node: LineageNode): string {
  return printable(node.kind === "record" ? node.task : versionTitle(node));
}

function factsOf(node: LineageNode): string {
  if (node.kind === "record") return `${node.outcome === "ok" ? "ran" : node.outcome} ${formatDuration(node.duration)}`;
  if ((node.stale ?? []).length > 0) return `stale: ${printable((node.stale ?? []).join(", "))} changed`;
  if (node.value !== undefined || node.n === 0) return node.type;
  return [node.type, formatSize(node.size), ...(node.cached === true ? ["from cache"] : [])].join(", ");
}

/** The part of a title that fits: its end, in which files differ, or its beginning when a value follows the name. */
function nameOf(node: LineageNode): string {
  const hasValue = node.kind === "version" && valueText(node) !== undefined;
  return hasValue ? beginningInBox(titleOf(node)) : endInBox(titleOf(node));
}
