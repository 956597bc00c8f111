// @ts-check
/** @import { LineagePicture } from "../pictures.ts" */
import { byId, closeButton, element } from "./elements.js";
import { GraphView } from "./graph-view.js";

/** @type {LineagePicture} */
const { nodes, edges, corners, roots } = JSON.parse(byId("data", HTMLScriptElement).textContent);
const svg = byId("graph", SVGSVGElement);
const view = byId("view", SVGGElement);
const aside = byId("details", HTMLElement);
const search = byId("search", HTMLInputElement);
const shapes = nodes.map((_, i) => byId(`n${i}`, SVGGElement));
const lines = edges.map((_, i) => byId(`e${i}`, SVGPathElement));
const graph = new GraphView(() => (aside.hidden ? 0 : aside.clientWidth), choose);

/** The index of the chosen node; -1: none is. */
let chosen = -1;

/**
 * All nodes that a node leads to, and the edges on the way.
 * @param {number} start
 * @param {GraphView["before"]} next
 */
function closure(start, next) {
  const seen = new Set([start]);
  /** @type {Set<number>} */
  const passed = new Set();
  const open = [start];
  for (let node = open.pop(); node !== undefined; node = open.pop())
    for (const [far, edge] of next[node]) {
      passed.add(edge);
      if (seen.has(far)) continue;
      seen.add(far);
      open.push(far);
    }
  return { seen, passed };
}

/**
 * Chooses a node, or lets go of it when it is chosen already.
 * @param {number} i
 */
function choose(i) {
  if (chosen >= 0) shapes[chosen].setAttribute("aria-pressed", "false");
  for (const lit of view.querySelectorAll(".lit")) lit.classList.remove("lit");
  chosen = i === chosen ? -1 : i;
  svg.classList.toggle("chosen", chosen >= 0);
  aside.hidden = chosen < 0;
  if (chosen < 0) return;
  shapes[i].setAttribute("aria-pressed", "true");
  for (const next of [graph.before, graph.after]) {
    const { seen, passed } = closure(i, next);
    for (const node of seen) shapes[node].classList.add("lit");
    for (const edge of passed) lines[edge].classList.add("lit");
  }
  showDetails(i);
}

function leaveChosen() {
  const i = chosen;
  choose(i);
  graph.focus(i);
}

/** @param {number} i */
function showDetails(i) {
  const list = element("dl");
  for (const [label, text] of nodes[i].details) list.append(element("dt", label), element("dd", text));
  aside.replaceChildren(closeButton("Close the details", leaveChosen), element("h2", nodes[i].title), list);
}

function find() {
  const text = search.value.toLowerCase();
  svg.classList.toggle("sought", text !== "");
  nodes.forEach(({ title }, i) => {
    shapes[i].classList.toggle("hit", text !== "" && title.toLowerCase().includes(text));
  });
}

document.addEventListener("keydown", (event) => {
  if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") search.focus();
  else if (event.key === "Escape" && chosen >= 0) leaveChosen();
  else if (!graph.key(event)) return;
  event.preventDefault();
});
search.addEventListener("input", find);
search.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") {
    search.value = "";
    find();
  }
  if (key !== "Enter") return;
  const hit = shapes.findIndex(({ classList }) => classList.contains("hit"));
  if (hit >= 0) graph.focus(hit);
});

graph.place(shapes, corners, edges, roots[0] || 0);
document.documentElement.dataset["ready"] = "yes";
