import { printable } from "../../model/printable.ts";
import { pageAsset } from "../assets.ts";
import { escapeMarkup, TIP, ZOOM_BUTTONS } from "./markup.ts";

/**
 * The page of `inc watch --serve`. It holds no data: its script asks for that.
 * @param nonce The one in the policy of the page, which allows no other scripts and styles.
 */
export function renderWatchPage(workspace: string, nonce: string): string {
  const title = escapeMarkup(printable(workspace));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>inc watch: ${title}</title>
<style nonce="${nonce}">
${pageAsset("watch.css")}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p id="status" role="status">connecting</p>
<div role="toolbar" aria-label="View of the graph">
${ZOOM_BUTTONS}
</div>
</header>
<p id="lost" role="alert" hidden></p>
<pre id="problem" role="alert" hidden></pre>
<main>
<section id="side" aria-label="Tasks">
<div id="filters">
<input type="search" id="search" placeholder="Find" aria-label="Find a task by its name">
<label><input type="checkbox" id="unwell"> only unfinished or failed</label>
</div>
<ul id="list" role="listbox" aria-label="Tasks" tabindex="-1"></ul>
<p id="count"></p>
</section>
<section id="middle" aria-label="Graph">
<svg id="graph" role="group" aria-label="Graph of the tasks" aria-describedby="keys">
${TIP}
<g id="view"></g>
</svg>
<p id="undrawn" hidden>There are too many tasks to draw. The list shows them all.</p>
</section>
<aside id="panel" aria-label="Details" tabindex="-1" hidden></aside>
<section id="runs" aria-label="Last runs"><h2>Last runs</h2><ol id="timeline"></ol></section>
</main>
<p id="keys">In the list and the graph, arrow keys go from task to task, Enter shows details, Escape closes them. / finds, + and − zoom, 0 shows all.</p>
<script nonce="${nonce}">
${pageAsset("watch.js")}</script>
</body>
</html>`;
}
