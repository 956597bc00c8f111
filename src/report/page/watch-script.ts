/**
 * The script of watch's page: what the server tells, it draws. Plain JavaScript as browsers run it, behind those of
 * `graph-view-script.ts` and `watch-panel-script.ts`; text is made by `textContent` alone. Tests drive it in a real browser.
 */
export const SCRIPT = `
const SIGNS = { unknown: "·", waiting: "…", running: "▶", ran: "✓", restored: "↺", fresh: "✓", failed: "✗", skipped: "–",
  cancelled: "■", starting: "…", ready: "●", stopped: "○" };
const WELL = new Set(["ran", "restored", "fresh", "ready"]);
const [svg, view, list, search, unwell, timeline] = ["graph", "view", "list", "search", "unwell", "timeline"].map((id) => document.getElementById(id));
const graph = graphView(svg, view, [216, 40], () => 0, showTask);
const standings = new Map(), runs = new Map();
let tasks = [], index = new Map(), rows = [], shapes = [], edgeLines = [], current = 0, chosen = -1;

function standingOf(id) { return standings.get(id) || ["unknown", ""]; }

function wordsOf(id) {
  const [standing, words] = standingOf(id);
  return SIGNS[standing] + " " + standing + (words === "" ? "" : ": " + words);
}

function svgElement(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function rowOf(task, i) {
  const row = element("li");
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  row.dataset.i = i;
  row.tabIndex = -1;
  row.append(element("span", "", "sign"), element("span", task.name, "name"), element("span", "", "word"));
  return row;
}

function shapeOf(task, i, [x, y]) {
  const shape = svgElement("g", { id: "n" + i, transform: "translate(" + x + " " + y + ")", role: "button", tabindex: -1, "aria-pressed": false });
  const title = svgElement("title", {}), name = svgElement("text", { x: 10, y: 17, class: "name" }), facts = svgElement("text", { x: 10, y: 32, class: "facts" });
  title.textContent = task.name;
  name.textContent = task.label;
  shape.append(title, svgElement("rect", { width: 216, height: 40, rx: 4 }), name, facts);
  return shape;
}

function setGraph({ tasks: all, edges, corners, lines }) {
  const before = tasks[chosen]?.id;
  tasks = all;
  index = new Map(tasks.map(({ id }, i) => [id, i]));
  rows = tasks.map(rowOf);
  list.replaceChildren(...rows);
  shapes = corners.map((corner, i) => shapeOf(tasks[i], i, corner));
  edgeLines = lines.map((d) => svgElement("path", { class: "edge", d }));
  view.replaceChildren(...edgeLines, ...shapes);
  /* So many are a grey wall, and take browsers long to paint: then only those of the chosen task are drawn. */
  svg.classList.toggle("many", lines.length > 1500);
  document.getElementById("undrawn").hidden = shapes.length === tasks.length;
  main.classList.toggle("drawn", shapes.length > 0);
  if (shapes.length > 0) graph.place(shapes, corners, edges, 0);
  else graph.link(tasks.length, edges);
  chosen = -1;
  tasks.forEach((_, i) => update(i));
  point(0);
  if (before !== undefined && index.has(before)) choose(index.get(before));
  else if (shown !== undefined) closePanel();
  find();
}

function update(i) {
  const [standing, words] = standingOf(tasks[i].id);
  const [sign, , word] = rows[i].children;
  rows[i].className = "s-" + standing;
  sign.textContent = SIGNS[standing];
  sign.setAttribute("aria-hidden", "true");
  word.textContent = standing;
  const shape = shapes[i];
  if (shape === undefined) return;
  const hit = shape.classList.contains("hit");
  shape.setAttribute("class", "node s-" + standing + (tasks[i].service ? " service" : "") + (hit ? " hit" : ""));
  shape.setAttribute("aria-label", (tasks[i].service ? "service " : "task ") + tasks[i].name + ", " + standing + (words === "" ? "" : ", " + words));
  const text = SIGNS[standing] + " " + standing + (words === "" ? "" : ", " + words);
  shape.lastChild.textContent = text.length > 28 ? text.slice(0, 27) + "…" : text;
}

/* What the panel is about. */
function choose(i) {
  for (const [at, is] of [[chosen, false], [i, true]]) {
    rows[at]?.setAttribute("aria-selected", String(is));
    shapes[at]?.setAttribute("aria-pressed", String(is));
    for (const [, edge] of [...(graph.before[at] || []), ...(graph.after[at] || [])]) edgeLines[edge]?.classList.toggle("lit", is);
  }
  chosen = i;
}

/* One row of the list is in the tab order at a time. */
function point(i) {
  if (rows[current]) rows[current].tabIndex = -1;
  current = i;
  if (rows[i]) rows[i].tabIndex = 0;
}

function find() {
  const text = search.value.toLowerCase();
  const sought = text !== "" || unwell.checked;
  let hits = 0, first = -1;
  tasks.forEach(({ id, name }, i) => {
    const hit = (text === "" || name.toLowerCase().includes(text)) && !(unwell.checked && WELL.has(standingOf(id)[0]));
    rows[i].hidden = !hit;
    shapes[i]?.classList.toggle("hit", sought && hit);
    if (hit && first < 0) first = i;
    hits += hit;
  });
  svg.classList.toggle("sought", sought);
  document.getElementById("count").textContent = sought ? hits + " of " + tasks.length : tasks.length + (tasks.length === 1 ? " task" : " tasks");
  if (rows[current]?.hidden !== false && first >= 0) point(first);
}

function runRow(run) {
  const item = element("li"), what = element("div"), strip = element("div", "", "strip");
  what.append(link(run.cause, () => showRun(runs.get(run.n))));
  const done = run.end === undefined ? "running" : (run.exit === 0 ? "✓ " : "✗ ") + run.summary;
  what.append(element("div", new Date(run.start).toLocaleTimeString() + "  " + done, "facts"));
  strip.setAttribute("aria-hidden", "true");
  const end = run.end ?? run.bars.reduce((most, bar) => Math.max(most, bar.end), run.start + 1);
  const begin = run.bars.reduce((least, bar) => Math.min(least, bar.start), run.start);
  const length = Math.max(1, end - begin), lanes = [];
  for (const bar of run.bars) {
    let lane = lanes.findIndex((until) => until <= bar.start);
    if (lane < 0) lane = Math.min(lanes.length, 9);
    lanes[lane] = bar.end;
    const box = element("i", undefined, "s-" + bar.result);
    box.title = bar.name + ": " + bar.result + ", " + span(bar.end - bar.start);
    box.style.left = 100 * (bar.start - begin) / length + "%";
    box.style.width = 100 * (bar.end - bar.start) / length + "%";
    box.style.top = lane * 7 + 4 + "px";
    box.addEventListener("click", () => { if (index.has(bar.id)) showTask(index.get(bar.id)); });
    strip.append(box);
  }
  strip.style.height = lanes.length * 7 + 8 + "px";
  item.append(what, strip);
  return item;
}

function drawRuns() {
  for (const n of [...runs.keys()].sort((a, b) => a - b).slice(0, -20)) runs.delete(n);
  const focused = timeline.contains(document.activeElement) ? [...timeline.children].indexOf(document.activeElement.closest("li")) : -1;
  timeline.replaceChildren(...[...runs.values()].sort((a, b) => b.n - a.n).map(runRow));
  if (focused >= 0) timeline.children[focused]?.querySelector("button").focus();
}

function apply(change) {
  for (const [id, standing, words] of change.standings) standings.set(id, [standing, words]);
  if (change.graph !== undefined) setGraph(change.graph);
  else for (const [id] of change.standings) if (index.has(id)) update(index.get(id));
  if (unwell.checked && change.standings.length > 0) find();
  for (const run of change.runs) runs.set(run.n, run);
  if (change.runs.length > 0) drawRuns();
  if (shown !== undefined && change.standings.some(([id]) => id === shown.id)) void shown.refresh();
  const status = document.getElementById("status"), problem = document.getElementById("problem");
  if (status.textContent !== change.status) status.textContent = change.status;
  if (problem.textContent !== change.problem) problem.textContent = change.problem;
  problem.hidden = change.problem === "";
  document.title = change.status + " · inc watch";
  document.documentElement.dataset.ready = "yes";
}

function connect() {
  const lost = document.getElementById("lost");
  const source = new EventSource("events");
  source.addEventListener("open", () => { lost.hidden = true; });
  source.addEventListener("message", (event) => apply(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    lost.textContent = "inc watch has ended, or does not answer. What is shown may be old. Trying again …";
    lost.hidden = false;
    source.close();
    setTimeout(connect, 1000);
  });
}

list.addEventListener("click", (event) => {
  const row = event.target.closest("li");
  if (row !== null) { point(Number(row.dataset.i)); showTask(current); }
});
list.addEventListener("keydown", (event) => {
  const there = rows.flatMap((row, i) => (row.hidden ? [] : [i]));
  const at = there.indexOf(current);
  const next = { ArrowDown: there[at + 1], ArrowUp: there[at - 1], Home: there[0], End: there.at(-1) }[event.key];
  if (next !== undefined) { point(next); rows[next].focus(); }
  else if (event.key === "Enter" || event.key === " ") showTask(current);
  else return;
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && !panel.hidden) closePanel();
  else if (event.key === "Escape" && event.target === search) { search.value = ""; find(); }
  else if (event.target === search) return;
  else if (event.key === "/") search.focus();
  else if (shapes.length === 0 || !graph.key(event)) return;
  event.preventDefault();
});
search.addEventListener("input", find);
unwell.addEventListener("change", find);
connect();
`;
