/** The style sheet of the lineage page, behind that of all pages. */
export const STYLE = `
main { flex: 1; position: relative; min-height: 0; overflow: hidden; }
svg { position: absolute; inset: 0; width: 100%; height: 100%; cursor: grab; touch-action: none; user-select: none; }
.source rect { stroke: var(--source); }
.object rect { stroke: var(--object); }
.param rect, .env rect, .tool rect { stroke: var(--value); stroke-dasharray: 5 3; }
.task rect { fill: var(--task-box); stroke: var(--task); }
.failed rect { stroke: var(--bad); }
.stale rect { stroke: var(--stale); stroke-width: 2.4; }
.stale .facts { fill: var(--stale); }
.cut rect { stroke-dasharray: 2 3; }
.root rect { stroke-width: 2.6; }
.edge.passed, .edge.merged { stroke-dasharray: 6 4; }
.chosen .node:not(.lit), .chosen .edge:not(.lit), .sought .node:not(.hit) { opacity: 0.22; }
aside { position: absolute; top: 0; right: 0; bottom: 0; width: min(400px, 85%); overflow: auto; padding: 14px 16px; background: var(--box); border-left: 1px solid var(--line); }
aside button { position: absolute; top: 10px; right: 10px; }
#keys { margin: 0; padding: 5px 14px; border-top: 1px solid var(--line); color: var(--quiet); font-size: 12px; }
@media print { header input, header [role], #keys { display: none; } }
`;
