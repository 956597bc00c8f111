/**
 * The script of the lineage page. It runs in browsers as it stands here, so it is plain JavaScript and makes no text of names
 * but by `textContent`. Tests drive it in a real browser.
 */
export const SCRIPT = `
"use strict";
const { nodes, edges, corners, box, roots } = JSON.parse(document.getElementById("data").textContent);
const svg = document.getElementById("graph");
const view = document.getElementById("view");
const aside = document.getElementById("details");
const search = document.getElementById("search");
const shapes = nodes.map((_, i) => document.getElementById("n" + i));
const lines = edges.map((_, i) => document.getElementById("e" + i));
const before = nodes.map(() => []);
const after = nodes.map(() => []);
edges.forEach(([from, to], i) => { after[from].push([to, i]); before[to].push([from, i]); });
const columns = new Map();
corners.forEach(([x], i) => columns.set(x, [...(columns.get(x) || []), i]));
for (const column of columns.values()) column.sort((a, b) => corners[a][1] - corners[b][1]);

let scale = 1, left = 0, top_ = 0, current = roots[0] || 0, chosen = -1;

function show() { view.setAttribute("transform", "translate(" + left + " " + top_ + ") scale(" + scale + ")"); }

function zoom(factor, x, y) {
  const next = Math.min(4, Math.max(0.02, scale * factor));
  left = x - (x - left) * next / scale;
  top_ = y - (y - top_) * next / scale;
  scale = next;
  show();
}

function zoomMiddle(factor) { zoom(factor, svg.clientWidth / 2, svg.clientHeight / 2); }

function fit() {
  const right = corners.reduce((most, [x]) => Math.max(most, x), 0) + box[0];
  const bottom = corners.reduce((most, [, y]) => Math.max(most, y), 0) + box[1];
  scale = Math.min(1.4, (svg.clientWidth - 40) / right, (svg.clientHeight - 40) / bottom);
  left = (svg.clientWidth - right * scale) / 2;
  top_ = (svg.clientHeight - bottom * scale) / 2;
  show();
}

/* Brings a node into sight, with room beside it, and near enough to be read. */
function reveal(i) {
  const width = svg.clientWidth - (aside.hidden ? 0 : aside.clientWidth);
  if (scale < 0.5) zoom(0.8 / scale, left + corners[i][0] * scale, top_ + corners[i][1] * scale);
  const x = left + corners[i][0] * scale, y = top_ + corners[i][1] * scale;
  left += Math.max(0, 30 - x) - Math.max(0, x + box[0] * scale + 30 - width);
  top_ += Math.max(0, 30 - y) - Math.max(0, y + box[1] * scale + 30 - svg.clientHeight);
  show();
}

/* One node is in the tab order at a time: the one that was focused last. */
function focusNode(i) {
  shapes[current].tabIndex = -1;
  current = i;
  shapes[i].tabIndex = 0;
  shapes[i].focus({ preventScroll: true });
  reveal(i);
}

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
  for (const next of [before, after]) {
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
  close.addEventListener("click", () => { choose(chosen); focusNode(i); });
  aside.replaceChildren(close, element("h2", nodes[i].title), list);
}

function nearest(i, candidates) {
  const rows = candidates.map(([far]) => [Math.abs(corners[far][1] - corners[i][1]), far]);
  return rows.sort((a, b) => a[0] - b[0] || a[1] - b[1])[0]?.[1];
}

function beside(i, step) {
  const column = columns.get(corners[i][0]);
  return column[column.indexOf(i) + step];
}

function nodeAt(target) {
  const shape = target.closest?.(".node");
  return shape ? Number(shape.id.slice(1)) : undefined;
}

const STEPS = {
  ArrowLeft: (i) => nearest(i, before[i]), ArrowRight: (i) => nearest(i, after[i]),
  ArrowUp: (i) => beside(i, -1), ArrowDown: (i) => beside(i, 1), Home: () => roots[0],
};

document.addEventListener("keydown", (event) => {
  if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
  const i = nodeAt(event.target);
  if (event.key === "+" || event.key === "=") zoomMiddle(1.25);
  else if (event.key === "-") zoomMiddle(0.8);
  else if (event.key === "0") fit();
  else if (event.key === "/") search.focus();
  else if (event.key === "Escape" && chosen >= 0) { const was = chosen; choose(was); focusNode(was); }
  else if (i !== undefined && (event.key === "Enter" || event.key === " ")) { choose(i); reveal(i); }
  else if (i !== undefined && event.key in STEPS) { const next = STEPS[event.key](i); if (next !== undefined) focusNode(next); }
  else return;
  event.preventDefault();
});

let drag, moved = false;
svg.addEventListener("pointerdown", (event) => { drag = [event.clientX - left, event.clientY - top_, event.clientX, event.clientY]; moved = false; });
window.addEventListener("pointermove", (event) => {
  if (drag === undefined) return;
  if (!moved && Math.hypot(event.clientX - drag[2], event.clientY - drag[3]) < 4) return;
  moved = true;
  svg.classList.add("moving");
  left = event.clientX - drag[0];
  top_ = event.clientY - drag[1];
  show();
});
window.addEventListener("pointerup", () => { drag = undefined; svg.classList.remove("moving"); });
svg.addEventListener("wheel", (event) => {
  event.preventDefault();
  const frame = svg.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY / 400), event.clientX - frame.left, event.clientY - frame.top);
}, { passive: false });
svg.addEventListener("click", (event) => {
  const i = nodeAt(event.target);
  if (moved || i === undefined) return;
  choose(i);
  focusNode(i);
});
document.getElementById("in").addEventListener("click", () => zoomMiddle(1.25));
document.getElementById("out").addEventListener("click", () => zoomMiddle(0.8));
document.getElementById("fit").addEventListener("click", fit);

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
  if (hit >= 0) focusNode(hit);
});

if (shapes[current]) shapes[current].tabIndex = 0;
fit();
if (scale < 0.4 && shapes[current]) reveal(current);
document.documentElement.dataset.ready = "yes";
`;
