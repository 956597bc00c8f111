// @ts-check
/** @import { Corner, EdgePair } from "../pictures.ts" */
import { BOX } from "../box.ts";
import { byId } from "./elements.js";

/**
 * A graph that is zoomed, moved, and walked through by keys. Its page has the SVG with a group "view" in it, nodes
 * with the class "node" and the ids "n0", "n1" …, and buttons "in", "out" and "fit".
 */
export class GraphView {
  /**
   * Of each node, the nodes before it, each with the index of the edge.
   * @type {(readonly [node: number, edge: number])[][]}
   */
  before = [];
  /** @type {(readonly [node: number, edge: number])[][]} */
  after = [];
  #svg = byId("graph", SVGSVGElement);
  #view = byId("view", SVGGElement);
  #scale = 1;
  #left = 0;
  #above = 0;
  /**
   * Where the pointer went down: relative to the graph, and in the window.
   * @type {{ readonly x: number, readonly y: number, readonly clientX: number, readonly clientY: number } | undefined}
   */
  #drag;
  /** The pointer moved since it went down. */
  #moved = false;
  /** @type {readonly SVGElement[]} */
  #shapes = [];
  /** @type {readonly Corner[]} */
  #corners = [];
  /**
   * By the x of their corners, nodes from top to bottom.
   * @type {Map<number, number[]>}
   */
  #columns = new Map();
  #current = 0;
  #first = 0;
  /** @type {() => number} */
  #covered;
  /** @type {(i: number) => void} */
  #choose;

  /**
   * @param {() => number} covered How much of the right side is hidden, in pixels.
   * @param {(i: number) => void} choose Called with the index of a node.
   */
  constructor(covered, choose) {
    this.#covered = covered;
    this.#choose = choose;
    this.#followPointer();
    byId("in", HTMLButtonElement).addEventListener("click", () => this.#zoomMiddle(1.25));
    byId("out", HTMLButtonElement).addEventListener("click", () => this.#zoomMiddle(0.8));
    byId("fit", HTMLButtonElement).addEventListener("click", () => this.#fit());
  }

  /**
   * Takes the edges of a graph that is not drawn.
   * @param {number} count How many nodes there are.
   * @param {readonly EdgePair[]} edges
   */
  link(count, edges) {
    this.before = Array.from({ length: count }, () => []);
    this.after = Array.from({ length: count }, () => []);
    edges.forEach(([from, to], i) => {
      this.after[from].push([to, i]);
      this.before[to].push([from, i]);
    });
  }

  /**
   * Takes a graph that is drawn, and shows it.
   * @param {readonly SVGElement[]} shapes
   * @param {readonly Corner[]} corners
   * @param {readonly EdgePair[]} edges
   * @param {number} first Where walking begins.
   */
  place(shapes, corners, edges, first) {
    this.#shapes = shapes;
    this.#corners = corners;
    this.link(corners.length, edges);
    this.#columns = columnsOf(corners);
    this.#first = first;
    this.#point(first);
    this.#fit();
    if (this.#scale >= 0.4 || !shapes[first]) return;
    this.reveal(first);
    this.#left = Math.min(this.#left, 30);
    this.#show();
  }

  /** @param {number} i */
  focus(i) {
    this.#point(i);
    this.#shapes[i].focus({ preventScroll: true });
    this.reveal(i);
  }

  /**
   * Brings a node into sight, with room beside it, and near enough to be read.
   * @param {number} i
   */
  reveal(i) {
    const width = this.#svg.clientWidth - this.#covered();
    const [cornerX, cornerY] = this.#corners[i];
    if (this.#scale < 0.5)
      this.#zoom(0.8 / this.#scale, this.#left + cornerX * this.#scale, this.#above + cornerY * this.#scale);
    const x = this.#left + cornerX * this.#scale;
    const y = this.#above + cornerY * this.#scale;
    this.#left += Math.max(0, 30 - x) - Math.max(0, x + BOX.width * this.#scale + 30 - width);
    this.#above += Math.max(0, 30 - y) - Math.max(0, y + BOX.height * this.#scale + 30 - this.#svg.clientHeight);
    this.#show();
  }

  /**
   * True when the key was one for the graph.
   * @param {KeyboardEvent} event
   */
  key({ key, target }) {
    const i = nodeAt(target);
    if (key === "+" || key === "=") this.#zoomMiddle(1.25);
    else if (key === "-") this.#zoomMiddle(0.8);
    else if (key === "0") this.#fit();
    else if (i === undefined) return false;
    else if (key === "Enter" || key === " ") {
      this.#choose(i);
      this.reveal(i);
    } else {
      const step = this.#step(key, i);
      if (step === undefined) return false;
      const [next] = step;
      if (next !== undefined) this.focus(next);
    }
    return true;
  }

  /**
   * The node that a key leads to, in brackets: there may be none. Undefined: the key leads nowhere from any node.
   * @param {string} key
   * @param {number} i
   * @returns {readonly [node: number | undefined] | undefined}
   */
  #step(key, i) {
    switch (key) {
      case "ArrowLeft":
        return [this.#nearest(i, this.before[i])];
      case "ArrowRight":
        return [this.#nearest(i, this.after[i])];
      case "ArrowUp":
        return [this.#beside(i, -1)];
      case "ArrowDown":
        return [this.#beside(i, 1)];
      case "Home":
        return [this.#first];
      default:
        return undefined;
    }
  }

  /**
   * @param {number} i
   * @param {readonly (readonly [node: number, edge: number])[]} candidates
   */
  #nearest(i, candidates) {
    const rows = candidates.map(([far]) => [Math.abs(this.#corners[far][1] - this.#corners[i][1]), far]);
    return rows.sort((a, b) => a[0] - b[0] || a[1] - b[1])[0]?.[1];
  }

  /**
   * @param {number} i
   * @param {1 | -1} step
   * @returns {number | undefined}
   */
  #beside(i, step) {
    const column = this.#columns.get(this.#corners[i][0]) ?? [];
    return column[column.indexOf(i) + step];
  }

  /**
   * One node is in the tab order at a time: the one that was focused last.
   * @param {number} i
   */
  #point(i) {
    const before = this.#shapes[this.#current];
    if (before) before.tabIndex = -1;
    this.#current = i;
    const shape = this.#shapes[i];
    if (shape) shape.tabIndex = 0;
  }

  #show() {
    this.#view.setAttribute("transform", `translate(${this.#left} ${this.#above}) scale(${this.#scale})`);
  }

  /**
   * @param {number} factor
   * @param {number} x The point that stays where it is.
   * @param {number} y
   */
  #zoom(factor, x, y) {
    const next = Math.min(4, Math.max(0.02, this.#scale * factor));
    this.#left = x - ((x - this.#left) * next) / this.#scale;
    this.#above = y - ((y - this.#above) * next) / this.#scale;
    this.#scale = next;
    this.#show();
  }

  /** @param {number} factor */
  #zoomMiddle(factor) {
    this.#zoom(factor, this.#svg.clientWidth / 2, this.#svg.clientHeight / 2);
  }

  #fit() {
    const { clientWidth, clientHeight } = this.#svg;
    const right = this.#corners.reduce((most, [x]) => Math.max(most, x), 0) + BOX.width;
    const bottom = this.#corners.reduce((most, [, y]) => Math.max(most, y), 0) + BOX.height;
    this.#scale = Math.max(0.02, Math.min(1.4, (clientWidth - 40) / right, (clientHeight - 40) / bottom));
    this.#left = (clientWidth - right * this.#scale) / 2;
    this.#above = (clientHeight - bottom * this.#scale) / 2;
    this.#show();
  }

  #followPointer() {
    this.#svg.addEventListener("pointerdown", ({ clientX, clientY }) => {
      this.#drag = { x: clientX - this.#left, y: clientY - this.#above, clientX, clientY };
      this.#moved = false;
    });
    window.addEventListener("pointermove", (event) => this.#move(event));
    window.addEventListener("pointerup", () => {
      this.#drag = undefined;
      this.#svg.classList.remove("moving");
    });
    const wheel = (/** @type {WheelEvent} */ event) => {
      event.preventDefault();
      const frame = this.#svg.getBoundingClientRect();
      this.#zoom(Math.exp(-event.deltaY / 400), event.clientX - frame.left, event.clientY - frame.top);
    };
    this.#svg.addEventListener("wheel", wheel, { passive: false });
    this.#svg.addEventListener("click", ({ target }) => {
      const i = nodeAt(target);
      if (this.#moved || i === undefined) return;
      this.#choose(i);
      this.focus(i);
    });
  }

  /** @param {PointerEvent} event */
  #move({ clientX, clientY }) {
    const drag = this.#drag;
    if (drag === undefined) return;
    if (!this.#moved && Math.hypot(clientX - drag.clientX, clientY - drag.clientY) < 4) return;
    this.#moved = true;
    this.#svg.classList.add("moving");
    this.#left = clientX - drag.x;
    this.#above = clientY - drag.y;
    this.#show();
  }
}

/**
 * @param {readonly Corner[]} corners
 * @returns {Map<number, number[]>}
 */
function columnsOf(corners) {
  const columns = new Map();
  corners.forEach(([x], i) => {
    if (columns.has(x)) columns.get(x).push(i);
    else columns.set(x, [i]);
  });
  for (const column of columns.values())
    column.sort((/** @type {number} */ a, /** @type {number} */ b) => corners[a][1] - corners[b][1]);
  return columns;
}

/** @param {EventTarget | null} target */
function nodeAt(target) {
  const shape = target instanceof Element ? target.closest(".node") : null;
  return shape === null ? undefined : Number(shape.id.slice(1));
}
