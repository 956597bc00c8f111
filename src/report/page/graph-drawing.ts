import { characterWidth, truncate } from "../text/width.ts";
import { BOX } from "./box.ts";
import { type LayeredPlace, layeredLayout } from "./layered-layout.ts";
import type { Corner, EdgePair, GraphDrawing } from "./pictures.ts";

/** Between boxes, in pixels at natural size. */
const GAP_X = 96;
const GAP_Y = 14;
/** How many columns of text fit into a box. */
const COLUMNS = 27;

/**
 * Lays out a graph from left to right.
 * @param edges Pairs of indexes below `count`. @param roots Where the nodes without edges into them are all in one
 *   column: `left`; or the nodes without edges out of them: `right`.
 */
export function drawGraph(count: number, edges: readonly EdgePair[], roots: "left" | "right"): GraphDrawing {
  const away = roots === "left" ? edges : edges.map(([from, to]) => [to, from] as const);
  const places = layeredLayout(count, away);
  const last = places.reduce((most, { layer }) => Math.max(most, layer), 0);
  const corners = places.map(({ layer, y }: LayeredPlace): Corner => {
    const column = roots === "left" ? layer : last - layer;
    return [column * (BOX.width + GAP_X), Math.round(y * (BOX.height + GAP_Y))];
  });
  return { corners, lines: edges.map(([from, to]) => line(corners[from], corners[to])) };
}

function line(from: Corner = [0, 0], to: Corner = [0, 0]): string {
  const [x1, y1] = [from[0] + BOX.width, from[1] + BOX.height / 2];
  const [x2, y2] = [to[0], to[1] + BOX.height / 2];
  const bend = Math.max(GAP_X / 2, Math.abs(x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** As much of the beginning of a text as fits into a box. */
export function beginningInBox(text: string): string {
  return truncate(text, COLUMNS);
}

/** As much of the end of a text, in which names of files differ, as fits into a box. */
export function endInBox(text: string): string {
  const characters = [...text];
  let width = characters.reduce((sum, character) => sum + characterWidth(character), 0);
  if (width <= COLUMNS) return text;
  let start = 0;
  for (; width > COLUMNS - 1; start += 1) width -= characterWidth(characters[start] as string);
  return `…${characters.slice(start).join("")}`;
}
