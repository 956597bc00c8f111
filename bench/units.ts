import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duration } from "./table/report.ts";
import { undoAtExit } from "./timing/leftovers.ts";
import { lineThrough } from "./timing/statistics.ts";
import { type Contestant, inc, plainNode, redun } from "./units/contestants.ts";
import { findRedun } from "./units/redun.ts";
import { measure, type Results, STEPS, type Step } from "./units/rounds.ts";
import { KINDS, type Kind, Work } from "./units/work.ts";

/**
 * Fan-outs of many functions and commands: over files, and over the elements of a value that a task makes. Beside redun, and beside a script of
 * Node's that does all of the work each time. `--large`: also 100,000 of each, which takes an hour; `--only KIND`: only those.
 */
const ROUNDS = 3;
const isQuick = process.argv.includes("--quick");
const only = process.argv.flatMap((word, i, all) => (all[i - 1] === "--only" ? [word] : []));
const COUNTS = [1000, ...(isQuick ? [] : [10_000]), ...(process.argv.includes("--large") ? [100_000] : [])];
const SIZES = COUNTS.flatMap((count) =>
  KINDS.flatMap((kind): (readonly [Kind, number])[] =>
    only.length === 0 || only.includes(kind) ? [[kind, count]] : [],
  ),
);

const root = mkdtempSync(join(tmpdir(), "inc-bench-units-"));
undoAtExit(() => rmSync(root, { recursive: true, force: true }));

const found = findRedun();
if ("absent" in found) console.log(`redun is not measured: ${found.absent}`);
const contestants: readonly Contestant[] = [inc, plainNode, ...("program" in found ? [redun(found.program)] : [])];

const grown = new Map<Kind, [count: number, results: Results][]>(KINDS.map((kind) => [kind, []]));
console.log("units | kind | work | inc | processor | memory | node: all of the work | redun");
for (const [kind, count] of SIZES) {
  const able = contestants.filter(({ most = Number.POSITIVE_INFINITY }) => count <= most);
  const at = join(root, `${kind}-${count}`);
  const results = await measure(new Work(kind, count), able, ROUNDS, at);
  rmSync(at, { recursive: true });
  print(kind, count, results);
  grown.get(kind)?.push([count, results]);
}
for (const [kind, all] of grown) for (const step of ["no-op", "one edit"] as const) printGrowth(kind, step, all);

function printGrowth(kind: Kind, step: Step, all: readonly (readonly [count: number, results: Results])[]): void {
  const points = all.flatMap(([count, results]) => {
    const { cpu, time = 0 } = results.get("inc")?.[step] ?? {};
    return [[count, cpu ?? time] as const];
  });
  if (points.length < 2) return;
  const { slope, start } = lineThrough(points);
  const times = points.map(([count, time]) => `${count.toLocaleString("en")}: ${duration(time)}`).join(", ");
  console.log(
    `- inc, ${step}, ${kind}, processor time: ${times}; ${(slope * 1000).toFixed(1)} ms per 1,000 above ${duration(start)}`,
  );
}

function print(kind: Kind, count: number, results: Results): void {
  for (const step of STEPS) {
    const own = results.get("inc")?.[step];
    if (own === undefined) continue;
    const others = ["node", "redun"].map((name) => {
      const other = results.get(name)?.[step].time;
      return other === undefined ? "not measured" : `${duration(other)} (inc: ${(own.time / other).toPrecision(2)} ×)`;
    });
    const cpu = own.cpu === undefined ? "not known" : duration(own.cpu);
    const size = count.toLocaleString("en");
    const cells = [size, kind, step, duration(own.time), cpu, `${own.peak.toFixed(0)} MB`, ...others];
    console.log(cells.join(" | "));
  }
}
