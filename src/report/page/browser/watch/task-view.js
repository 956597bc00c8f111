// @ts-check
/** @import { Corner, GraphPicture, TaskPicture } from "../../pictures.ts" */
/** @import { States } from "./states.js" */
import { BOX } from "../../box.ts";
import { byId, element, svgElement } from "../elements.js";
import { GraphView } from "../graph-view.js";
import { SIGNS } from "./states.js";

/**
 * With more edges the graph is a grey wall, and takes browsers long to paint: only those of the chosen task are
 * drawn.
 */
const MANY_EDGES = 1500;
/** How many characters fit into a box. */
const COLUMNS = 28;

/** The tasks, as a list that can be searched and as a graph. */
export class TaskView {
  /** @type {readonly TaskPicture[]} */
  tasks = [];
  search = byId("search", HTMLInputElement);
  #main = /** @type {HTMLElement} */ (document.querySelector("main"));
  #svg = byId("graph", SVGSVGElement);
  #list = byId("list", HTMLUListElement);
  #unwell = byId("unwell", HTMLInputElement);
  /**
   * The indexes of tasks, by id.
   * @type {Map<string, number>}
   */
  #index = new Map();
  /** @type {readonly ReturnType<typeof rowOf>[]} */
  #rows = [];
  /** @type {readonly ReturnType<typeof shapeOf>[]} */
  #shapes = [];
  /** @type {readonly SVGPathElement[]} */
  #lines = [];
  /** The row in the tab order. */
  #current = 0;
  /** The task that the panel is about; -1: none. */
  #chosen = -1;
  /** @type {States} */
  #states;
  /** @type {(i: number) => void} */
  #show;
  /** @type {GraphView} */
  #graph;

  /**
   * @param {States} states
   * @param {(i: number) => void} show Called with the task that a person picks.
   */
  constructor(states, show) {
    this.#states = states;
    this.#show = show;
    this.#graph = new GraphView(() => 0, show);
    this.search.addEventListener("input", () => this.find());
    this.#unwell.addEventListener("change", () => this.find());
    this.#list.addEventListener("keydown", (event) => {
      if (this.#listKey(event.key)) event.preventDefault();
    });
    this.#list.addEventListener("click", ({ target }) => {
      const row = target instanceof Element ? target.closest("li") : null;
      if (row === null) return;
      this.#point(Number(row.dataset["i"]));
      show(this.#current);
    });
  }

  /** @param {string} id */
  indexOf(id) {
    return this.#index.get(id);
  }

  /**
   * The tasks that a task needs, and those that need it.
   * @param {number} i
   */
  neighbours(i) {
    const nodes = (/** @type {GraphView["before"][number]} */ pairs) => pairs.map(([node]) => node);
    return { needs: nodes(this.#graph.before[i]), neededBy: nodes(this.#graph.after[i]) };
  }

  /**
   * False: the chosen task is gone.
   * @param {GraphPicture} picture
   */
  setGraph({ tasks, edges, corners, lines }) {
    const before = this.tasks[this.#chosen]?.id;
    this.tasks = tasks;
    this.#index = new Map(tasks.map(({ id }, i) => [id, i]));
    this.#rows = tasks.map(rowOf);
    this.#list.replaceChildren(...this.#rows.map(({ row }) => row));
    this.#shapes = corners.map((corner, i) => shapeOf(tasks[i], i, corner));
    this.#lines = lines.map((d) => svgElement("path", { class: "edge", d }));
    const shapes = this.#shapes.map(({ shape }) => shape);
    byId("view", SVGGElement).replaceChildren(...this.#lines, ...shapes);
    this.#svg.classList.toggle("many", lines.length > MANY_EDGES);
    byId("undrawn", HTMLElement).hidden = shapes.length === tasks.length;
    this.#main.classList.toggle("drawn", shapes.length > 0);
    if (shapes.length > 0) this.#graph.place(shapes, corners, edges, 0);
    else this.#graph.link(tasks.length, edges);
    this.#chosen = -1;
    tasks.forEach((_, i) => {
      this.#draw(i);
    });
    this.#point(0);
    const chosen = before === undefined ? undefined : this.#index.get(before);
    if (chosen !== undefined) this.choose(chosen);
    this.find();
    return before === undefined || chosen !== undefined;
  }

  /**
   * Draws the states of tasks anew.
   * @param {readonly string[]} ids
   */
  update(ids) {
    for (const id of ids) {
      const i = this.#index.get(id);
      if (i !== undefined) this.#draw(i);
    }
    if (this.#unwell.checked && ids.length > 0) this.find();
  }

  /**
   * Marks the task that the panel is about.
   * @param {number} i -1: none.
   */
  choose(i) {
    this.#mark(this.#chosen, false);
    this.#mark(i, true);
    this.#chosen = i;
  }

  /** @param {number} i */
  reveal(i) {
    if (this.#shapes.length > 0) this.#graph.reveal(i);
  }

  /**
   * True when the key was one for the graph.
   * @param {KeyboardEvent} event
   */
  key(event) {
    return this.#shapes.length > 0 && this.#graph.key(event);
  }

  /** Shows the tasks that match what is searched for. */
  find() {
    const text = this.search.value.toLowerCase();
    const unwell = this.#unwell.checked;
    const sought = text !== "" || unwell;
    let hits = 0;
    let first = -1;
    this.tasks.forEach(({ id, name }, i) => {
      const hit = (text === "" || name.toLowerCase().includes(text)) && !(unwell && this.#states.isWell(id));
      this.#rows[i].row.hidden = !hit;
      this.#shapes[i]?.shape.classList.toggle("hit", sought && hit);
      if (hit && first < 0) first = i;
      if (hit) hits += 1;
    });
    this.#svg.classList.toggle("sought", sought);
    const count = this.tasks.length;
    const all = `${count}${count === 1 ? " task" : " tasks"}`;
    byId("count", HTMLElement).textContent = sought ? `${hits} of ${count}` : all;
    if (this.#rows[this.#current]?.row.hidden !== false && first >= 0) this.#point(first);
  }

  /**
   * True when the key was one for the list.
   * @param {string} key
   */
  #listKey(key) {
    if (key === "Enter" || key === " ") {
      this.#show(this.#current);
      return true;
    }
    const there = this.#rows.flatMap(({ row }, i) => (row.hidden ? [] : [i]));
    const at = there.indexOf(this.#current);
    const ends = new Map([
      ["ArrowDown", there[at + 1]],
      ["ArrowUp", there[at - 1]],
      ["Home", there[0]],
      ["End", there.at(-1)],
    ]);
    const next = ends.get(key);
    if (next === undefined) return false;
    this.#point(next);
    this.#rows[next].row.focus();
    return true;
  }

  /**
   * @param {number} i
   * @param {boolean} isChosen
   */
  #mark(i, isChosen) {
    this.#rows[i]?.row.setAttribute("aria-selected", String(isChosen));
    this.#shapes[i]?.shape.setAttribute("aria-pressed", String(isChosen));
    for (const [, edge] of [...(this.#graph.before[i] ?? []), ...(this.#graph.after[i] ?? [])])
      this.#lines[edge]?.classList.toggle("lit", isChosen);
  }

  /**
   * One row of the list is in the tab order at a time.
   * @param {number} i
   */
  #point(i) {
    const before = this.#rows[this.#current];
    if (before) before.row.tabIndex = -1;
    this.#current = i;
    const next = this.#rows[i];
    if (next) next.row.tabIndex = 0;
  }

  /** @param {number} i */
  #draw(i) {
    const { id, name, service } = this.tasks[i];
    const { state, words } = this.#states.of(id);
    const { row, sign, word } = this.#rows[i];
    row.className = `s-${state}`;
    sign.textContent = SIGNS[state];
    sign.setAttribute("aria-hidden", "true");
    word.textContent = state;
    const drawn = this.#shapes[i];
    if (drawn === undefined) return;
    const { shape, facts } = drawn;
    const hit = shape.classList.contains("hit");
    shape.setAttribute("class", `node s-${state}${service ? " service" : ""}${hit ? " hit" : ""}`);
    const kind = service ? "service" : "task";
    shape.setAttribute("aria-label", `${kind} ${name}, ${state}${words === "" ? "" : `, ${words}`}`);
    const text = this.#states.inWords(id, ", ");
    facts.textContent = text.length > COLUMNS ? `${text.slice(0, COLUMNS - 1)}…` : text;
  }
}

/**
 * @param {TaskPicture} task
 * @param {number} i
 */
function rowOf(task, i) {
  const row = element("li");
  const sign = element("span", "", "sign");
  const word = element("span", "", "word");
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  row.dataset["i"] = String(i);
  row.tabIndex = -1;
  row.append(sign, element("span", task.name, "name"), word);
  return { row, sign, word };
}

/**
 * @param {TaskPicture} task
 * @param {number} i
 * @param {Corner} corner
 */
function shapeOf(task, i, [x, y]) {
  const place = { id: `n${i}`, transform: `translate(${x} ${y})` };
  const shape = svgElement("g", { ...place, role: "button", tabindex: -1, "aria-pressed": false });
  const title = svgElement("title", {});
  const name = svgElement("text", { x: 10, y: 17, class: "name" });
  const facts = svgElement("text", { x: 10, y: 32, class: "facts" });
  title.textContent = task.name;
  name.textContent = task.label;
  shape.append(title, svgElement("rect", { ...BOX, rx: 4 }), name, facts);
  return { shape, facts };
}
