/**
 * What pages have in common that draw a graph: it is zoomed, moved, and walked through by keys. Plain JavaScript as browsers
 * run it. The page has the SVG with a group "view" in it, nodes with the class "node" and the ids "n0", "n1" …, and buttons
 * "in", "out" and "fit".
 */
export const GRAPH_VIEW = `
"use strict";
/* covered: how much of the right side is hidden, in pixels. choose: called with the index of a node. */
function graphView(svg, view, box, covered, choose) {
  let scale = 1, left = 0, above = 0, drag, moved = false;
  let shapes = [], corners = [], columns = new Map();
  const graph = { current: 0, before: [], after: [] };

  function show() { view.setAttribute("transform", "translate(" + left + " " + above + ") scale(" + scale + ")"); }

  function zoom(factor, x, y) {
    const next = Math.min(4, Math.max(0.02, scale * factor));
    left = x - (x - left) * next / scale;
    above = y - (y - above) * next / scale;
    scale = next;
    show();
  }

  function zoomMiddle(factor) { zoom(factor, svg.clientWidth / 2, svg.clientHeight / 2); }

  function fit() {
    const right = corners.reduce((most, [x]) => Math.max(most, x), 0) + box[0];
    const bottom = corners.reduce((most, [, y]) => Math.max(most, y), 0) + box[1];
    scale = Math.max(0.02, Math.min(1.4, (svg.clientWidth - 40) / right, (svg.clientHeight - 40) / bottom));
    left = (svg.clientWidth - right * scale) / 2;
    above = (svg.clientHeight - bottom * scale) / 2;
    show();
  }

  /* Brings a node into sight, with room beside it, and near enough to be read. */
  function reveal(i) {
    const width = svg.clientWidth - covered();
    if (scale < 0.5) zoom(0.8 / scale, left + corners[i][0] * scale, above + corners[i][1] * scale);
    const x = left + corners[i][0] * scale, y = above + corners[i][1] * scale;
    left += Math.max(0, 30 - x) - Math.max(0, x + box[0] * scale + 30 - width);
    above += Math.max(0, 30 - y) - Math.max(0, y + box[1] * scale + 30 - svg.clientHeight);
    show();
  }

  /* One node is in the tab order at a time: the one that was focused last. */
  function point(i) {
    if (shapes[graph.current]) shapes[graph.current].tabIndex = -1;
    graph.current = i;
    if (shapes[i]) shapes[i].tabIndex = 0;
  }

  function focus(i) {
    point(i);
    shapes[i].focus({ preventScroll: true });
    reveal(i);
  }

  /* Of each node what is before and behind it, with the edge to that. */
  function link(count, edges) {
    graph.before = Array.from({ length: count }, () => []);
    graph.after = Array.from({ length: count }, () => []);
    edges.forEach(([from, to], i) => { graph.after[from].push([to, i]); graph.before[to].push([from, i]); });
  }

  function place(newShapes, newCorners, edges, first) {
    [shapes, corners] = [newShapes, newCorners];
    link(corners.length, edges);
    columns = new Map();
    corners.forEach(([x], i) => { if (columns.has(x)) columns.get(x).push(i); else columns.set(x, [i]); });
    for (const column of columns.values()) column.sort((a, b) => corners[a][1] - corners[b][1]);
    graph.first = first;
    point(first);
    fit();
    if (scale >= 0.4 || !shapes[first]) return;
    reveal(first);
    left = Math.min(left, 30);
    show();
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

  const steps = {
    ArrowLeft: (i) => nearest(i, graph.before[i]), ArrowRight: (i) => nearest(i, graph.after[i]),
    ArrowUp: (i) => beside(i, -1), ArrowDown: (i) => beside(i, 1), Home: () => graph.first,
  };

  /* True when the key was one for the graph. */
  function key(event) {
    const i = nodeAt(event.target);
    if (event.key === "+" || event.key === "=") zoomMiddle(1.25);
    else if (event.key === "-") zoomMiddle(0.8);
    else if (event.key === "0") fit();
    else if (i !== undefined && (event.key === "Enter" || event.key === " ")) { choose(i); reveal(i); }
    else if (i !== undefined && Object.hasOwn(steps, event.key)) { const next = steps[event.key](i); if (next !== undefined) focus(next); }
    else return false;
    return true;
  }

  svg.addEventListener("pointerdown", (event) => { drag = [event.clientX - left, event.clientY - above, event.clientX, event.clientY]; moved = false; });
  window.addEventListener("pointermove", (event) => {
    if (drag === undefined) return;
    if (!moved && Math.hypot(event.clientX - drag[2], event.clientY - drag[3]) < 4) return;
    moved = true;
    svg.classList.add("moving");
    left = event.clientX - drag[0];
    above = event.clientY - drag[1];
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
    focus(i);
  });
  document.getElementById("in").addEventListener("click", () => zoomMiddle(1.25));
  document.getElementById("out").addEventListener("click", () => zoomMiddle(0.8));
  document.getElementById("fit").addEventListener("click", fit);
  return Object.assign(graph, { link, place, point, focus, reveal, fit, key });
}
`;
