import { cpus } from "node:os";
import { measure } from "./measure.ts";
import { INC, INC_WITHOUT_SOURCES, MAKE, NINJA, type Tool, WIREIT } from "./tools.ts";
import { fileTree, layeredGraph, type Workload } from "./workload.ts";

/** Upper bounds for inc in milliseconds, by workload and scenario. */
const TARGETS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "layered graph, 1000 tasks": { cold: 2000, "no-op": 65, "one file": 90, "A→B→A": 90, "outputs deleted": 350 },
  "layered graph, 10000 tasks": { "no-op": 200 },
  "20 tasks over 100000 files": { "no-op": 250 },
};

const ALL: readonly Workload[] = [layeredGraph(1000), fileTree(10_000), layeredGraph(10_000), fileTree(100_000)];
const quick = process.argv.includes("--quick");
const tools: readonly Tool[] = [
  INC,
  INC_WITHOUT_SOURCES,
  MAKE,
  NINJA,
  ...(process.argv.includes("--no-wireit") ? [] : [WIREIT]),
];

console.log(`node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}; medians in ms, 2 jobs`);
for (const workload of quick ? ALL.slice(0, 2) : ALL) compare(workload);

function compare(workload: Workload): void {
  console.log(`\n## ${workload.title}`);
  const results = new Map<string, ReadonlyMap<string, number>>();
  for (const tool of tools) {
    const absent = tool.absent() ?? tooSlow(tool, workload);
    if (absent === undefined) results.set(tool.name, measure(tool, workload));
    else console.log(`${tool.name}: absent (${absent})`);
  }
  const mine = results.get("inc");
  if (mine === undefined) return;
  const peers = [...results].filter(([name]) => name !== "inc");
  console.log(["scenario", "inc", ...peers.map(([name]) => `${name} (inc is)`), "target"].join(" | "));
  for (const [scenario, time] of mine) {
    const target = TARGETS[workload.title]?.[scenario];
    const cells = peers.map(([, times]) => {
      const other = times.get(scenario) ?? Number.NaN;
      return `${other.toFixed(1)} (${(time / other).toFixed(2)}×)`;
    });
    const verdict = target === undefined ? "" : `${target} ${time <= target ? "met" : "MISSED"}`;
    console.log([scenario, time.toFixed(1), ...cells, verdict].join(" | "));
  }
}

function tooSlow(tool: Tool, workload: Workload): string | undefined {
  return tool === WIREIT && workload.steps.length > 1000 ? "takes minutes at this size" : undefined;
}
