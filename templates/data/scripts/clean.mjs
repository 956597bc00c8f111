// clean.mjs TABLE: trims cells, drops rows with an empty cell and rows that were there before.
import { readFileSync } from "node:fs";

const [header, ...rows] = readFileSync(process.argv[2], "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(",").map((cell) => cell.trim()));
const complete = rows.filter((row) => row.length === header.length && row.every((cell) => cell !== ""));
const lines = new Set([header, ...complete].map((row) => row.join(",")));
process.stdout.write(`${[...lines].join("\n")}\n`);
process.stderr.write(`${lines.size - 1} of ${rows.length} rows kept\n`);
