import type { LineageDocument, LineageEdge, LineageNode } from "../lineage/document.ts";
import { formatDuration } from "./duration.ts";
import { type LayeredPlace, layeredLayout } from "./layered-layout.ts";
import { lineageDetails } from "./lineage-details.ts";
import { valueText, versionTitle } from "./lineage-lines.ts";
import { SCRIPT } from "./lineage-page-script.ts";
import { STYLE } from "./lineage-page-style.ts";
import { printable } from "./printable.ts";
import { formatSize } from "./size.ts";
import { characterWidth, truncate } from "./width.ts";

/** Of a node's box, and between boxes, in pixels at natural size. */
const WIDTH = 216;
const HEIGHT = 40;
const GAP_X = 96;
const GAP_Y = 14;
/** How many columns of text fit into a box. */
const COLUMNS = 27;

/**
 * One page that holds all it needs: the graph as SVG, laid out already, and a script that zooms, moves and tells details. It
 * asks nothing of the network, which its policy forbids too.
 */
export function renderLineageHtml(document: LineageDocument): string {
  const { direction, nodes, edges, roots } = document;
  const index = new Map(nodes.map(({ id }, i) => [id, i]));
  const drawn = edges.flatMap((edge) => {
    const [from, to] = [index.get(edge.from), index.get(edge.to)];
    return from === undefined || to === undefined ? [] : [{ edge, from, to }];
  });
  const away = drawn.map(({ from, to }) => (direction === "up" ? ([to, from] as const) : ([from, to] as const)));
  const places = layeredLayout(nodes.length, away);
  const last = places.reduce((most, { layer }) => Math.max(most, layer), 0);
  const at = ({ layer, y }: LayeredPlace): readonly [number, number] => [
    (direction === "up" ? last - layer : layer) * (WIDTH + GAP_X),
    Math.round(y * (HEIGHT + GAP_Y)),
  ];
  const corners = places.map(at);
  const title = `Lineage of ${roots.slice(0, 3).join(", ")}${roots.length > 3 ? ", …" : ""}`;
  const data = {
    nodes: nodes.map((node) => ({ title: titleOf(node), details: lineageDetails(node) })),
    edges: drawn.map(({ from, to }) => [from, to]),
    corners,
    box: [WIDTH, HEIGHT],
    roots: roots.map((id) => index.get(id)),
  };
  return page(
    printable(title),
    [
      ...drawn.map(({ edge, from, to }, i) => edgeSvg(edge, i, corners[from], corners[to])),
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
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeMarkup(title)}</h1>
<input type="search" id="search" placeholder="Find" aria-label="Find a node by its name">
<div role="toolbar" aria-label="View">
<button type="button" id="out" aria-label="Zoom out">−</button>
<button type="button" id="in" aria-label="Zoom in">+</button>
<button type="button" id="fit" aria-label="Show all">Fit</button>
</div>
</header>
<main>
<svg id="graph" role="group" aria-label="${escapeMarkup(title)}" aria-describedby="keys">
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"></path></marker></defs>
<g id="view">
${shapes.join("\n")}
</g>
</svg>
<aside id="details" aria-live="polite" aria-label="Details" hidden></aside>
</main>
<p id="keys">Arrow keys go from node to node: left to what it came from, right to what came of it. Enter shows details, Escape closes them, + and − zoom, 0 shows all. Drag and wheel move and zoom.</p>
<script type="application/json" id="data">${data.replaceAll("<", "\\u003c")}</script>
<script>${SCRIPT}</script>
</body>
</html>`;
}

type Corner = readonly [x: number, y: number] | undefined;

function nodeSvg(node: LineageNode, i: number, corner: Corner, isRoot: boolean): string {
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
  return `<g class="${classes.join(" ")}" id="n${i}" transform="translate(${x} ${y})" role="button" tabindex="-1" aria-pressed="false" aria-label="${escapeMarkup(label)}"><title>${escapeMarkup(titleOf(node))}</title><rect width="${WIDTH}" height="${HEIGHT}" rx="${node.kind === "record" ? 18 : 4}"></rect><text x="10" y="17" class="name">${escapeMarkup(nameOf(node))}</text><text x="10" y="32" class="facts">${escapeMarkup(shorten(factsOf(node)))}</text></g>`;
}

function edgeSvg(edge: LineageEdge, i: number, from: Corner, to: Corner): string {
  const [x1, y1] = [(from?.[0] ?? 0) + WIDTH, (from?.[1] ?? 0) + HEIGHT / 2];
  const [x2, y2] = [to?.[0] ?? 0, (to?.[1] ?? 0) + HEIGHT / 2];
  const bend = Math.max(GAP_X / 2, Math.abs(x2 - x1) / 2);
  return `<path class="edge ${edge.kind}" id="e${i}" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"></path>`;
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

/** What fits of a title: its end, which tells files apart, or its beginning when a value follows the name. */
function nameOf(node: LineageNode): string {
  const hasValue = node.kind === "version" && valueText(node) !== undefined;
  return hasValue ? truncate(titleOf(node), COLUMNS) : shorten(titleOf(node));
}

/** The end of a text, as much as fits. */
function shorten(text: string): string {
  const characters = [...text];
  let width = characters.reduce((sum, character) => sum + characterWidth(character), 0);
  if (width <= COLUMNS) return text;
  let start = 0;
  for (; width > COLUMNS - 1; start += 1) width -= characterWidth(characters[start] as string);
  return `…${characters.slice(start).join("")}`;
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
