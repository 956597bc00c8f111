// CSV → clean → report, by Python functions. They are plain ones: see etl.py.
//
// inc run                        cleans both tables and writes build/report.md
// inc run                        again: nothing is out of date
// inc run --param currency=USD   another parameter: only the report runs
//
// Edit clean() in etl.py: both units run, and the report if a table comes out otherwise. Edit a comment: nothing runs.
import { config, each, files, param, python, task } from "inc-run";

// With .venv/bin/python where there is a virtual environment, else with python3.
const etl = python("etl.py");
const raw = files("data/*.csv");

/** One unit a table: clean[north.csv], clean[south.csv]. */
export const clean = each(raw, (table) =>
  task({ inputs: { table }, outputs: { out: `build/clean/${table.name}` }, run: etl.fn("clean") }),
);

export const totals = task({
  description: "What each product brought in",
  inputs: { tables: clean.outputs.out },
  value: "json",
  run: etl.fn<Record<string, number>>("totals"),
});

export const report = task({
  inputs: { totals, currency: param("currency", "EUR", { choices: ["EUR", "USD"] }) },
  outputs: { out: "build/report.md" },
  run: etl.fn("report"),
});

export default config({ default: [report] });
