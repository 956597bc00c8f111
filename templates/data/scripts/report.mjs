// report.mjs CURRENCY TABLE...: what each product brought in, as Markdown.
import { readFileSync } from "node:fs";

const [currency, ...tables] = process.argv.slice(2);
const totals = new Map();
for (const table of tables)
  for (const line of readFileSync(table, "utf8").trim().split("\n").slice(1)) {
    const [, product, units, price] = line.split(",");
    totals.set(product, (totals.get(product) ?? 0) + Number(units) * Number(price));
  }
const rows = [...totals].sort(([, a], [, b]) => b - a).map(([product, sum]) => `| ${product} | ${sum.toFixed(2)} |`);
process.stdout.write(`${[`| product | ${currency} |`, "| --- | --: |", ...rows].join("\n")}\n`);
