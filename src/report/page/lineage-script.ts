/**
 * The script of the lineage page, behind that of `graph-view-script.ts`. It runs in browsers as it stands here, so it is plain
 * JavaScript and makes no text of names but by `textContent`. Tests drive it in a real browser.
 */
export const SCRIPT = `
const { nodes, edges, corners, box, roots } = JSON.parse(document.getElementById("data").textContent);
const svg = document.getElementById("graph");
const view = document.getElementById("view");
const aside = document.getElementById("details");
const search = document.getElementById("search");
const shapes = nodes.map((_, i) => document.getElementById("n" + i));
const lines = edges.map((_, i) => document.getElementById("e" + i));
const graph = graphView(svg, view, box, () => aside.hidden ? 0 : aside.clientWidth, choose);

let chosen = -1;

function closure(start, next) {
  const seen = new Set([start]), passed = new Set(), open = [start];
  while (open.length > 0) for (const [far, edge] of next[open.pop()]) {
    passed.add(edge);
    if (!seen.has(far)) { seen.add(far); open.push(far); }
  }
  return [seen, passed];
}

function choose(i) {
  if (chosen >= 0) shapes[chosen].setAttribute("aria-pressed", "false");
  for (const lit of view.querySelectorAll(".lit")) lit.classList.remove("lit");
  chosen = i === chosen ? -1 : i;
  svg.classList.toggle("chosen", chosen >= 0);
  aside.hidden = chosen < 0;
  if (chosen < 0) return;
  shapes[i].setAttribute("aria-pressed", "true");
  for (const next of [graph.before, graph.after]) {
    const [seen, passed] = closure(i, next);
    for (const node of seen) shapes[node].classList.add("lit");
    for (const edge of passed) lines[edge].classList.add("lit");
  }
  tell(i);
}

function element(name, text) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
}

function tell(i) {
  const list = element("dl");
  for (const [label, text] of nodes[i].details) list.append(element("dt", label), element("dd", text));
  const close = element("button", "×");
  close.setAttribute("aria-label", "Close the details");
  close.addEventListener("click", () => { choose(chosen); graph.focus(i); });
  aside.replaceChildren(close, element("h2", nodes[i].title), list);
}

document.addEventListener("keydown", (event) => {
  if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") search.focus();
  else if (event.key === "Escape" && chosen >= 0) { const was = chosen; choose(was); graph.focus(was); }
  else if (!graph.key(event)) return;
  event.preventDefault();
});

function find() {
  const text = search.value.toLowerCase();
  svg.classList.toggle("sought", text !== "");
  nodes.forEach((node, i) => shapes[i].classList.toggle("hit", text !== "" && node.title.toLowerCase().includes(text)));
}
search.addEventListener("input", find);
search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { search.value = ""; find(); }
  if (event.key !== "Enter") return;
  const hit = nodes.findIndex((_, i) => shapes[i].classList.contains("hit"));
  if (hit >= 0) graph.focus(hit);
});

graph.place(shapes, corners, edges, roots[0] || 0);
document.documentElement.dataset.ready = "yes";
`;
