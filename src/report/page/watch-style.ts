/** The style sheet of watch's page, behind that of all pages. What a color says, a sign and a word say, too. */
export const STYLE = `
header { padding: 6px 14px; }
#status { margin: 0; color: var(--quiet); }
#lost, #problem { margin: 0; padding: 6px 14px; border-bottom: 1px solid var(--line); color: var(--bad); }
#problem { max-height: 30vh; overflow: auto; font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; }
main { flex: 1; min-height: 0; display: grid; grid-template: minmax(0, 1fr) minmax(110px, 26vh) / minmax(190px, 270px) minmax(0, 1fr); grid-template-areas: "side middle" "side runs"; }
main.open { grid-template-columns: minmax(190px, 270px) minmax(0, 1fr) minmax(280px, 400px); grid-template-areas: "side middle panel" "side runs panel"; }
#side { grid-area: side; display: flex; flex-direction: column; min-height: 0; border-right: 1px solid var(--line); }
#filters { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; padding: 8px; }
#filters input[type=search] { flex: 1 1 100px; min-width: 0; }
#filters input[type=checkbox] { min-height: 0; vertical-align: middle; }
#list { flex: 1; min-height: 60px; margin: 0; padding: 0; overflow: auto; list-style: none; }
#list li { display: flex; gap: 8px; padding: 3px 10px; cursor: pointer; content-visibility: auto; contain-intrinsic-size: auto 26px; }
#list li[hidden] { display: none; }
#list li:focus-visible { outline-offset: -3px; }
#list li[aria-selected=true] { background: var(--task-box); }
#list .name { flex: 1; overflow-wrap: anywhere; }
#list .word { color: var(--quiet); font-size: 12px; }
.sign { flex: none; width: 1.2em; text-align: center; font-weight: 700; }
#count { margin: 0; padding: 4px 10px; color: var(--quiet); font-size: 12px; }
#middle { grid-area: middle; position: relative; min-height: 0; overflow: hidden; }
#graph { position: absolute; inset: 0; width: 100%; height: 100%; cursor: grab; touch-action: none; user-select: none; }
#undrawn { padding: 20px; color: var(--quiet); }
#runs { grid-area: runs; overflow: auto; border-top: 1px solid var(--line); padding: 6px 10px; }
#runs h2 { margin: 0 0 4px; font-size: 13px; }
#timeline { margin: 0; padding: 0; list-style: none; }
#timeline li { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 8px; align-items: center; border-top: 1px solid var(--line); }
#timeline li:first-child { border-top: 0; }
#timeline button, #panel button.link { border: 0; background: none; padding: 3px 2px; min-height: 24px; text-align: left; overflow-wrap: anywhere; }
#timeline button:hover, #panel button.link:hover { text-decoration: underline; }
#timeline .facts { color: var(--quiet); font-size: 12px; }
.strip { position: relative; min-height: 14px; overflow: hidden; }
.strip i { position: absolute; min-width: 3px; height: 6px; border-radius: 2px; background: var(--rim); cursor: pointer; }
#panel { grid-area: panel; overflow: auto; padding: 12px 14px; background: var(--box); border-left: 1px solid var(--line); position: relative; }
#panel h2 { margin: 0 40px 6px 0; font-size: 14px; overflow-wrap: anywhere; }
#panel h3 { margin: 14px 0 2px; font-size: 12px; color: var(--quiet); }
#panel .close { position: absolute; top: 8px; right: 8px; }
#panel ul { margin: 0; padding: 0; list-style: none; }
#panel pre { margin: 4px 0; padding: 8px; max-height: 45vh; overflow: auto; background: var(--paper); border: 1px solid var(--line); font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
#panel .quiet { color: var(--quiet); font-size: 12px; overflow-wrap: anywhere; }
#keys { margin: 0; padding: 4px 14px; border-top: 1px solid var(--line); color: var(--quiet); font-size: 12px; }
.node.service rect { rx: 18px; }
.s-ran rect, .s-restored rect, .s-fresh rect, .s-ready rect { stroke: var(--source); }
.s-running rect, .s-starting rect { stroke: var(--task); stroke-width: 3; fill: var(--task-box); }
.s-waiting rect { stroke: var(--task); stroke-dasharray: 5 3; }
.s-failed rect { stroke: var(--bad); stroke-width: 3; }
.s-skipped rect, .s-cancelled rect { stroke: var(--stale); stroke-dasharray: 5 3; }
.s-ran .sign, .s-restored .sign, .s-fresh .sign, .s-ready .sign { color: var(--source); }
.s-running .sign, .s-starting .sign, .s-waiting .sign { color: var(--task); }
.s-failed .sign, .s-failed .word { color: var(--bad); }
.s-skipped .sign, .s-cancelled .sign { color: var(--stale); }
.strip .s-ran, .strip .s-restored { background: var(--source); }
.strip .s-running { background: var(--task); }
.strip .s-failed { background: var(--bad); }
.strip .s-cancelled { background: var(--stale); }
.edge.lit { stroke-width: 2.4; }
.sought .node:not(.hit) { opacity: 0.22; }
.many .edge:not(.lit), .many.sought .node:not(.hit) { display: none; }
@media (prefers-reduced-motion: no-preference) { .s-running rect { animation: pulse 1.2s ease-in-out infinite alternate; } @keyframes pulse { to { stroke-opacity: 0.35; } } }
@media (max-width: 760px) {
  html, body { height: auto; min-height: 100%; }
  main, main.open { display: block; }
  #side { border-right: 0; }
  #list { max-height: 38vh; }
  #middle { height: 45vh; border-top: 1px solid var(--line); }
  #panel { position: fixed; inset: 0; z-index: 1; border: 0; }
}
`;
