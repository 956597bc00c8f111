// CSV → clean → report.
//
// inc run                        cleans both tables and writes build/report.md
// inc run                        again: nothing is out of date
// inc run --param currency=USD   another parameter: only the report runs
//
// Put a third table into data/: one unit of clean runs, and the report. Remove it: its output goes as well.
import { config, each, file, files, out, param, sh, task, tool } from "inc-run";

const node = tool("node");
const currency = param("currency", "EUR", { choices: ["EUR", "USD"] });
const raw = files("data/*.csv");

/** One unit a table: clean[north.csv], clean[south.csv]. */
export const clean = each(raw, (table) =>
  task(sh`${node} ${file("scripts/clean.mjs")} ${table} > ${out(`build/clean/${table.name}`)}`),
);

export const report = task(sh`${node} ${file("scripts/report.mjs")} ${currency} ${clean} > ${out("build/report.md")}`, {
  description: "What each product brought in",
});

export default config({ default: [report] });
