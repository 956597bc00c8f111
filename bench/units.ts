import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duration } from "./table/report.ts";
import { undoAtExit } from "./timing/leftovers.ts";
import { lineThrough } from "./timing/statistics.ts";
import { type Contestant, inc, plainNode, redun } from "./units/contestants.ts";
import { findRedun } from "./units/redun.ts";
import { measure, type Results, STEPS } from "./units/rounds.ts";
import { type Kind, Work } from "./units/work.ts";

/**
 * Fan-outs of many functions: over files, and over the elements of a value that a task makes. Beside redun, and beside a script of
 * Node's that does all of the work each time. `--large`: also 100,000 elements, which takes long.
 */
const ROUNDS = 3;
const isQuick = process.argv.includes("--quick");
const SIZES: readonly (readonly [Kind, number])[] = [
  ["files", 1000],
  ["elements", 1000],
  ...(isQuick
    ? []
    : ([
        ["files", 10_000],
        ["elements", 10_000],
      ] as const)),
  ...(process.argv.includes("--large") ? ([["elements", 100_000]] as const) : []),
];

const root = mkdtempSync(join(tmpdir(), "inc-bench-units-"));
undoAtExit(() => rmSync(root, { recursive: true, force: true }));

const found = findRedun();
if ("absent" in found) console.log(`redun is not measured: ${found.absent}`);
const contestants: readonly Contestant[] = [inc, plainNode, ...("program" in found ? [redun(found.program)] : [])];

const grown = new Map<number, Results>();
console.log("units | of | work | inc | memory | node: all of the work | redun");
for (const [kind, count] of SIZES) {
  const able = contestants.filter(({ most = Number.POSITIVE_INFINITY }) => count <= most);
  const at = join(root, `${kind}-${count}`);
  const results = await measure(new Work(kind, count), able, ROUNDS, at);
  rmSync(at, { recursive: true });
  print(kind, count, results);
  if (kind === "elements") grown.set(count, results);
}
for (const step of ["no-op", "one edit"] as const) {
  const points = [...grown].flatMap(([count, results]) => {
    const time = results.get("inc")?.[step].time;
    return time === undefined ? [] : [[count, time] as const];
  });
  if (points.length < 2) continue;
  const { slope, start } = lineThrough(points);
  const times = points.map(([count, time]) => `${count.toLocaleString("en")}: ${duration(time)}`).join(", ");
  console.log(
    `- inc, ${step}, of so many elements: ${times}; ${(slope * 1000).toFixed(1)} ms per 1,000 above ${duration(start)}`,
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
    const cells = [count.toLocaleString("en"), kind, step, duration(own.time), `${own.peak.toFixed(0)} MB`, ...others];
    console.log(cells.join(" | "));
  }
}
