// @ts-check
/** @import { PictureChange } from "../pictures.ts" */
import { byId } from "./elements.js";
import { Panel } from "./watch/panel.js";
import { States } from "./watch/states.js";
import { TaskView } from "./watch/task-view.js";
import { Timeline } from "./watch/timeline.js";

/** How long the page waits before it asks for events again, in milliseconds. */
const RECONNECT = 1000;

const status = byId("status", HTMLElement);
const problem = byId("problem", HTMLElement);
const lost = byId("lost", HTMLElement);
const states = new States();
const view = new TaskView(states, (i) => panel.showTask(i));
const panel = new Panel(states, view);
const timeline = new Timeline(
  (run) => panel.showRun(run),
  (id) => panel.showTaskOf(id),
);

/** @param {PictureChange} change */
function apply(change) {
  const changed = change.boxes.map(([id]) => id);
  states.take(change.boxes);
  if (change.graph === undefined) view.update(changed);
  else if (!view.setGraph(change.graph)) panel.close();
  timeline.take(change.runs);
  panel.changed(changed);
  // Screen readers read out each text that is set, changed or not.
  if (status.textContent !== change.status) status.textContent = change.status;
  if (problem.textContent !== change.problem) problem.textContent = change.problem;
  problem.hidden = change.problem === "";
  document.title = `${change.status} · inc watch`;
  document.documentElement.dataset["ready"] = "yes";
}

function connect() {
  const source = new EventSource("events");
  source.addEventListener("open", () => {
    lost.hidden = true;
  });
  source.addEventListener("message", ({ data }) => apply(JSON.parse(data)));
  source.addEventListener("error", () => {
    lost.textContent = "inc watch has ended, or does not answer. What is shown may be old. Trying again …";
    lost.hidden = false;
    source.close();
    setTimeout(connect, RECONNECT);
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const isSearch = event.target === view.search;
  if (event.key === "Escape" && panel.isOpen) panel.close();
  else if (event.key === "Escape" && isSearch) {
    view.search.value = "";
    view.find();
  } else if (isSearch) return;
  else if (event.key === "/") view.search.focus();
  else if (!view.key(event)) return;
  event.preventDefault();
});
connect();
