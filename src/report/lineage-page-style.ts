/** The style sheet of the lineage page. Contrasts of text are at least 4.5 to 1 in both schemes. */
export const STYLE = `
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
main { flex: 1; position: relative; min-height: 0; overflow: hidden; }
svg { position: absolute; inset: 0; width: 100%; height: 100%; cursor: grab; touch-action: none; user-select: none; }
svg.moving { cursor: grabbing; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 1px; }
.node { cursor: pointer; }
.node:focus { outline: none; }
.node rect { fill: var(--box); stroke: var(--rim); stroke-width: 1.2; }
.node .name { font: 600 12px ui-monospace, Menlo, Consolas, monospace; fill: var(--ink); }
.node .facts { font: 11px ui-monospace, Menlo, Consolas, monospace; fill: var(--quiet); }
.source rect { stroke: var(--source); }
.object rect { stroke: var(--object); }
.param rect, .env rect, .tool rect { stroke: var(--value); stroke-dasharray: 5 3; }
.task rect { fill: var(--task-box); stroke: var(--task); }
.failed rect { stroke: var(--bad); }
.stale rect { stroke: var(--stale); stroke-width: 2.4; }
.stale .facts { fill: var(--stale); }
.cut rect { stroke-dasharray: 2 3; }
.root rect { stroke-width: 2.6; }
.node:focus-visible rect, .node[aria-pressed="true"] rect { stroke: var(--mark); stroke-width: 3.4; stroke-dasharray: none; }
.edge { fill: none; stroke: var(--line); stroke-width: 1.3; marker-end: url(#tip); }
.edge.passed, .edge.merged { stroke-dasharray: 6 4; }
#tip path { fill: var(--line); }
.chosen .node:not(.lit), .chosen .edge:not(.lit), .sought .node:not(.hit) { opacity: 0.22; }
.edge.lit { stroke: var(--mark); }
aside { position: absolute; top: 0; right: 0; bottom: 0; width: min(400px, 85%); overflow: auto; padding: 14px 16px; background: var(--box); border-left: 1px solid var(--line); }
aside h2 { margin: 0 34px 10px 0; font-size: 14px; overflow-wrap: anywhere; }
aside button { position: absolute; top: 10px; right: 10px; }
dl { margin: 0; }
dt { color: var(--quiet); font-size: 12px; }
dd { margin: 0 0 8px; font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
#keys { margin: 0; padding: 5px 14px; border-top: 1px solid var(--line); color: var(--quiet); font-size: 12px; }
@media print { header input, header [role], #keys { display: none; } }
`;
