import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { watchers } from "./peers/watchers.ts";
import { median, p99 } from "./timing/statistics.ts";
import { type Observation, observe } from "./timing/watching.ts";

/**
 * From an edit to the command that it starts, beside wireit, Turborepo and Nx, and what watching costs while nothing happens.
 *
 *     --files 10000,100000   --quick: 10,000 only   --turns 100
 *     --peers DIRECTORY   where npm has installed turbo and nx (or INC_BENCH_PEERS); default: from PATH
 *     --watcher NAME   measure only this one
 */
const { values: flags } = parseArgs({
  options: {
    files: { type: "string" },
    quick: { type: "boolean", default: false },
    turns: { type: "string", default: "100" },
    peers: { type: "string" },
    watcher: { type: "string" },
  },
});
const turns = Number(flags.turns);

console.log(
  `node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}; ms, MB, processes with all they started`,
);
console.log(`npm run, which Turborepo starts each command by, takes ${npmRun().toFixed(0)} ms`);
const sizes = (flags.files ?? (flags.quick ? "10000" : "10000,100000")).split(",").map(Number);
for (const files of sizes) {
  console.log(`\n101 tasks, one of them over ${files} files`);
  console.log(
    "tool | edits | edit → command started: median | p99 | edit → done: median | CPU ms/s at rest | RSS | PSS | processes",
  );
  for (const watcher of watchers(flags.peers ?? process.env["INC_BENCH_PEERS"])) {
    if (!watcher.name.includes(flags.watcher ?? "")) continue;
    const absent = watcher.absent();
    console.log(`${watcher.name} | ${absent ?? (await observe(watcher, files, turns).then(cells, messageOf))}`);
  }
}

function cells({ started, finished, ...rest }: Observation): string {
  const total = finished.length === 0 ? "it does not say" : median(finished).toFixed(0);
  const edits = [started.length, median(started).toFixed(0), p99(started).toFixed(0), total];
  const sizes = [rest.resident, rest.proportional].map((size) => size.toFixed(0));
  return [...edits, rest.perSecond.toFixed(1), ...sizes, rest.processes].join(" | ");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function npmRun(): number {
  const root = mkdtempSync(join(tmpdir(), "inc-bench-npm-"));
  try {
    writeFileSync(join(root, "package.json"), JSON.stringify({ name: "empty", scripts: { make: "true" } }));
    const samples = Array.from({ length: 5 }, () => {
      const start = performance.now();
      spawnSync("npm", ["run", "make"], { cwd: root });
      return performance.now() - start;
    });
    return median(samples);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
