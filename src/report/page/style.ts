/** What all pages look like: colours, text, buttons, and a graph. Contrasts of text are at least 4.5 to 1 in both schemes. */
export const PAGE_STYLE = `
:root { --paper: #fbfbfa; --ink: #1d2125; --quiet: #565e66; --line: #9aa3ab; --box: #ffffff; --rim: #8b949d;
  --source: #2e7d32; --object: #8e24aa; --value: #00707f; --task: #1565c0; --task-box: #e8f1fb; --bad: #c62828; --stale: #b45309; --mark: #d97706; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181b; --ink: #e8eaec; --quiet: #a3abb3; --line: #5b646d; --box: #1f2428; --rim: #6b747d;
  --source: #81c784; --object: #d79be5; --value: #6fd3e0; --task: #8ab8f5; --task-box: #1b2a3d; --bad: #f28b82; --stale: #fbbf6b; --mark: #fbbf24; } }
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: var(--paper); color: var(--ink); font: 14px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; padding: 8px 14px; border-bottom: 1px solid var(--line); }
h1 { flex: 1 1 200px; margin: 0; font-size: 15px; overflow-wrap: anywhere; }
input, button { font: inherit; color: inherit; background: var(--box); border: 1px solid var(--rim); border-radius: 5px; padding: 3px 10px; min-height: 30px; }
button { min-width: 34px; cursor: pointer; }
svg.moving { cursor: grabbing; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 1px; }
.node { cursor: pointer; }
.node:focus { outline: none; }
.node rect { fill: var(--box); stroke: var(--rim); stroke-width: 1.2; }
.node .name { font: 600 12px ui-monospace, Menlo, Consolas, monospace; fill: var(--ink); }
.node .facts { font: 11px ui-monospace, Menlo, Consolas, monospace; fill: var(--quiet); }
.node:focus-visible rect, .node[aria-pressed="true"] rect { stroke: var(--mark); stroke-width: 3.4; stroke-dasharray: none; }
.edge { fill: none; stroke: var(--line); stroke-width: 1.3; marker-end: url(#tip); }
#tip path { fill: var(--line); }
.edge.lit { stroke: var(--mark); }
aside h2 { margin: 0 34px 10px 0; font-size: 14px; overflow-wrap: anywhere; }
dl { margin: 0; }
dt { color: var(--quiet); font-size: 12px; }
dd { margin: 0 0 8px; font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
`;
