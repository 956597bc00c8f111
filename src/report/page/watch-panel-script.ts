/**
 * The panel of watch's page: a task with its log, a lineage, or a run. Plain JavaScript as browsers run it, in front of
 * `watch-page-script.ts`, whose names it uses; text is made by `textContent` alone.
 */
export const PANEL_SCRIPT = `
const main = document.querySelector("main");
const panel = document.getElementById("panel");
/* What the panel shows: a function that draws it anew, and what had the focus before it was opened. */
let shown, opener, asked = 0, timer;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function link(text, act) {
  const made = element("button", text, "link");
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

/* Gives { problem } when there is no answer. The path is relative: the cookie that admits belongs to the path of the page. */
async function ask(path, query) {
  try {
    const response = await fetch(path + "?" + new URLSearchParams(query));
    if (response.headers.get("content-type")?.startsWith("application/json")) return await response.json();
    return { problem: (await response.text()).trim() };
  } catch {
    return { problem: "inc watch does not answer" };
  }
}

function openPanel(title, parts) {
  if (panel.hidden) opener = document.activeElement;
  clearTimeout(timer);
  asked += 1;
  shown = undefined;
  const close = element("button", "×", "close");
  close.type = "button";
  close.setAttribute("aria-label", "Close the details");
  close.addEventListener("click", closePanel);
  panel.replaceChildren(close, element("h2", title), ...parts);
  panel.scrollTop = 0;
  panel.hidden = false;
  main.classList.add("open");
}

function closePanel() {
  clearTimeout(timer);
  asked += 1;
  shown = undefined;
  choose(-1);
  panel.hidden = true;
  main.classList.remove("open");
  if (opener?.isConnected && opener !== document.body) opener.focus();
}

function listOf(title, links) {
  if (links.length === 0) return [];
  const list = element("ul");
  for (const each of links) { const item = element("li"); item.append(each); list.append(item); }
  return [element("h3", title), list];
}

function showTask(i) {
  choose(i);
  const task = tasks[i];
  const id = task.id;
  const state = element("p", wordsOf(id));
  const head = element("p", "", "quiet"), text = element("pre");
  text.tabIndex = 0;
  text.setAttribute("aria-label", "Log");
  const others = (pairs) => pairs.map(([other]) => link(tasks[other].name, () => showTask(other)));
  openPanel(task.name, [
    ...(task.description === "" ? [] : [element("p", task.description)]),
    state,
    ...listOf("Needs", others(graph.before[i])),
    ...listOf("Needed by", others(graph.after[i])),
    ...listOf("Makes (its lineage)", task.outputs.map((path) => link(path, () => showLineage(path, false)))),
    element("h3", "Log"), head, text,
  ]);
  if (main.classList.contains("drawn")) graph.reveal(i);
  const mine = asked;
  async function refresh() {
    clearTimeout(timer);
    state.textContent = wordsOf(id);
    const log = await ask("log", { task: id });
    if (mine !== asked) return;
    head.textContent = log.problem ?? [log.head, log.command].filter(Boolean).join(": ");
    const atEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 4;
    text.textContent = log.text || "";
    text.hidden = !log.text;
    if (atEnd) text.scrollTop = text.scrollHeight;
    if (["running", "ready", "starting"].includes(standingOf(id)[0])) timer = setTimeout(refresh, 1000);
    panel.dataset.ready = id;
  }
  shown = { id, refresh };
  void refresh();
  panel.focus();
}

async function showLineage(object, down) {
  choose(-1);
  openPanel((down ? "What came of " : "Lineage of ") + object, [
    link(down ? "Where it came from" : "What came of it", () => showLineage(object, !down)),
    element("p", "asking", "quiet"),
  ]);
  panel.focus();
  const mine = asked;
  const answer = await ask("lineage", down ? { object, down: "" } : { object });
  if (mine !== asked) return;
  panel.lastChild.remove();
  if (answer.problem !== undefined) { panel.append(element("p", answer.problem)); return; }
  const list = element("ul");
  for (const row of answer.rows) {
    const item = element("li");
    const made = link(undefined, () => {
      const i = tasks.findIndex(({ id }) => id === row.id);
      if (row.kind !== "record") void showLineage(row.id, down);
      else if (i >= 0) showTask(i);
    });
    made.append(element("b", row.name), element("span", " " + row.facts + (row.again ? "  (see above)" : ""), "quiet"));
    made.style.paddingLeft = Math.min(row.depth, 16) * 14 + "px";
    item.append(made);
    list.append(item);
  }
  panel.append(list);
  if (answer.isCut) panel.append(element("p", "… stands where there is more than is shown", "quiet"));
  panel.dataset.ready = object;
}

function showRun(run) {
  choose(-1);
  const links = run.bars.map((bar) => {
    const i = tasks.findIndex(({ id }) => id === bar.id);
    const text = (SIGNS[bar.result] || "·") + " " + bar.name + "  " + [bar.result, span(bar.end - bar.start), bar.words].filter(Boolean).join(", ");
    return link(text, () => { if (i >= 0) showTask(i); });
  });
  openPanel(run.cause, [
    element("p", new Date(run.start).toLocaleString() + (run.summary === "" ? "" : ": " + run.summary)),
    ...listOf("Tasks", links),
    ...(run.more > 0 ? [element("p", "and " + run.more + " more", "quiet")] : []),
  ]);
  panel.focus();
}

function span(milliseconds) {
  return milliseconds < 1000 ? Math.round(milliseconds) + " ms" : (milliseconds / 1000).toFixed(1) + " s";
}
`;
