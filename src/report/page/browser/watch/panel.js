// @ts-check
/** @import { LineageRow, PageLineage, PageLog, PageProblem, RunPicture } from "../../pictures.ts" */
/** @import { States } from "./states.js" */
/** @import { TaskView } from "./task-view.js" */
import { byId, closeButton, element, link } from "../elements.js";
import { ask } from "./ask.js";
import { span, withSign } from "./words.js";

/** How soon the log of a task that runs is asked for again, in milliseconds. */
const REFRESH = 1000;

/** The details beside the graph: a task with its log, a lineage, or a run. */
export class Panel {
  #main = /** @type {HTMLElement} */ (document.querySelector("main"));
  #panel = byId("panel", HTMLElement);
  /** @type {States} */
  #states;
  /** @type {TaskView} */
  #view;
  /**
   * The task that is shown.
   * @type {{ readonly id: string, readonly refresh: () => Promise<void> } | undefined}
   */
  #shown;
  /**
   * Had the focus before the panel was opened.
   * @type {Element | null}
   */
  #opener = null;
  /** Counts what was shown: an answer to an earlier question is not. */
  #turn = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {States} states
   * @param {TaskView} view
   */
  constructor(states, view) {
    this.#states = states;
    this.#view = view;
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  close() {
    this.#leave();
    this.#view.choose(-1);
    this.#panel.hidden = true;
    this.#main.classList.remove("open");
    const opener = this.#opener;
    const isElement = opener instanceof HTMLElement || opener instanceof SVGElement;
    if (isElement && opener.isConnected && opener !== document.body) opener.focus();
  }

  /**
   * The states of these tasks changed.
   * @param {readonly string[]} ids
   */
  changed(ids) {
    const shown = this.#shown;
    if (shown !== undefined && ids.includes(shown.id)) void shown.refresh();
  }

  /** @param {number} i */
  showTask(i) {
    this.#view.choose(i);
    const { id, name, description, outputs } = this.#view.tasks[i];
    const state = element("p", this.#states.inWords(id, ": "));
    const head = element("p", "", "quiet");
    const text = element("pre");
    text.tabIndex = 0;
    text.setAttribute("aria-label", "Log");
    const { needs, neededBy } = this.#view.neighbours(i);
    this.#open(name, [
      ...(description === "" ? [] : [element("p", description)]),
      state,
      ...listOf("Needs", this.#links(needs)),
      ...listOf("Needed by", this.#links(neededBy)),
      ...listOf(
        "Makes (its lineage)",
        outputs.map((path) => link(path, () => this.showLineage(path, false))),
      ),
      element("h3", "Log"),
      head,
      text,
    ]);
    this.#view.reveal(i);
    const turn = this.#turn;
    this.#shown = { id, refresh: () => this.#refresh(id, turn, { state, head, text }) };
    void this.#shown.refresh();
    this.#panel.focus();
  }

  /**
   * @param {string} object
   * @param {boolean} down
   */
  async showLineage(object, down) {
    this.#view.choose(-1);
    this.#open(`${down ? "What was made from" : "Lineage of"} ${object}`, [
      link(down ? "Where it came from" : "What was made from it", () => this.showLineage(object, !down)),
      element("p", "loading", "quiet"),
    ]);
    this.#panel.focus();
    const turn = this.#turn;
    /** @type {PageLineage | PageProblem} */
    const answer = await ask("lineage", down ? { object, down: "" } : { object });
    if (turn !== this.#turn) return;
    this.#panel.lastChild?.remove();
    if ("problem" in answer) {
      this.#panel.append(element("p", answer.problem));
      return;
    }
    const list = element("ul");
    list.append(...answer.rows.map((row) => this.#lineageItem(row, down)));
    this.#panel.append(list);
    if (answer.isCut) this.#panel.append(element("p", "… marks where more was left out", "quiet"));
    this.#panel.dataset["ready"] = object;
  }

  /** @param {RunPicture} run */
  showRun({ cause, start, summary, bars, more }) {
    this.#view.choose(-1);
    const links = bars.map(({ id, name, result, start, end, words }) => {
      const facts = [result, span(end - start), words].filter(Boolean).join(", ");
      return link(`${withSign(result, name)}  ${facts}`, () => this.showTaskOf(id));
    });
    this.#open(cause, [
      element("p", `${new Date(start).toLocaleString()}${summary === "" ? "" : `: ${summary}`}`),
      ...listOf("Tasks", links),
      ...(more > 0 ? [element("p", `and ${more} more`, "quiet")] : []),
    ]);
    this.#panel.focus();
  }

  /**
   * @param {string} title
   * @param {readonly HTMLElement[]} parts
   */
  #open(title, parts) {
    if (this.#panel.hidden) this.#opener = document.activeElement;
    this.#leave();
    const close = closeButton("Close the details", () => this.close());
    this.#panel.replaceChildren(close, element("h2", title), ...parts);
    this.#panel.scrollTop = 0;
    this.#panel.hidden = false;
    this.#main.classList.add("open");
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#shown = undefined;
  }

  /**
   * @param {string} id
   * @param {number} turn
   * @param {{ readonly state: HTMLElement, readonly head: HTMLElement, readonly text: HTMLElement }} parts
   */
  async #refresh(id, turn, { state, head, text }) {
    clearTimeout(this.#timer);
    state.textContent = this.#states.inWords(id, ": ");
    /** @type {PageLog | PageProblem} */
    const log = await ask("log", { task: id });
    if (turn !== this.#turn) return;
    const printed = "problem" in log ? "" : log.text;
    head.textContent = "problem" in log ? log.problem : [log.head, log.command].filter(Boolean).join(": ");
    const atEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 4;
    text.textContent = printed;
    text.hidden = printed === "";
    if (atEnd) text.scrollTop = text.scrollHeight;
    if (["running", "ready", "starting"].includes(this.#states.of(id).state))
      this.#timer = setTimeout(() => this.#refresh(id, turn, { state, head, text }), REFRESH);
    this.#panel.dataset["ready"] = id;
  }

  /**
   * @param {LineageRow} row
   * @param {boolean} down
   */
  #lineageItem({ kind, id, name, facts, again, depth }, down) {
    const made = link(undefined, () => {
      if (kind === "record") this.showTaskOf(id);
      else void this.showLineage(id, down);
    });
    made.append(element("b", name), element("span", ` ${facts}${again ? "  (see above)" : ""}`, "quiet"));
    made.style.paddingLeft = `${Math.min(depth, 16) * 14}px`;
    const item = element("li");
    item.append(made);
    return item;
  }

  /** @param {readonly number[]} tasks */
  #links(tasks) {
    return tasks.map((i) => link(this.#view.tasks[i].name, () => this.showTask(i)));
  }

  /** @param {string} id */
  showTaskOf(id) {
    const i = this.#view.indexOf(id);
    if (i !== undefined) this.showTask(i);
  }
}

/**
 * @param {string} title
 * @param {readonly HTMLElement[]} items
 */
function listOf(title, items) {
  if (items.length === 0) return [];
  const list = element("ul");
  for (const item of items) {
    const row = element("li");
    row.append(item);
    list.append(row);
  }
  return [element("h3", title), list];
}
