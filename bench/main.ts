import { cpus, tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { BAZEL } from "./peers/bazel.ts";
import { BARE_NODE, HASHED_BY, incCommand } from "./peers/contestants.ts";
import { INC, MAKE, NINJA, type Tool, WIREIT } from "./peers/tools.ts";
import { TURBO } from "./peers/turbo.ts";
import { watchers } from "./peers/watchers.ts";
import { judge } from "./table/goals.ts";
import { Growth } from "./table/growth.ts";
import { Measurement } from "./table/measure.ts";
import { Report } from "./table/report.ts";
import { COMMANDS, type Extent, STAGES, WATCHING } from "./table/table.ts";
import { whereTimeGoes, whereWatchGoes } from "./timing/profile.ts";
import { compare, type Summary } from "./timing/rounds.ts";
import { median } from "./timing/statistics.ts";
import { observe } from "./timing/watching.ts";
import { ONE } from "./work/scenarios.ts";

/**
 * inc beside its peers on the same work, in rounds: see CONTRIBUTING.md.
 *
 *     --quick   less than three minutes, without Turborepo and wireit
 *     --large   also 10,000 tasks and more, 100,000 files
 *     --only WORDS   only the lines that contain these words; may be repeated
 */
const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    large: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
  },
});
const EXTENTS: readonly Extent[] = ["quick", "default", "large"];
const extent = flags.large ? "large" : flags.quick ? "quick" : "default";
/** Milliseconds after which a line gets no further round, except for the first three. */
const limit = extent === "quick" ? 4000 : 15_000;
/** Edits under watch. */
const TURNS = extent === "quick" ? 10 : 30;

const isIncluded = (from: Extent): boolean => EXTENTS.indexOf(from) <= EXTENTS.indexOf(extent);
const isWanted = ({ work }: { readonly work: string }): boolean =>
  flags.only?.some((words) => work.includes(words)) ?? true;

console.log(`node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}; medians, 2 jobs`);
console.log(`Memory is that of the tool's own process. hash: by ${HASHED_BY}.`);
const tools = installedTools();
console.log("");
const report = new Report();
const growth = new Growth();
await measureStages();
await measureCommands();
await measureWatching();
console.log("");
growth.print();
report.end();

function installedTools(): readonly Tool[] {
  const all = extent === "quick" ? [INC, MAKE, NINJA] : [INC, MAKE, NINJA, TURBO, BAZEL, WIREIT];
  return all.filter((tool) => {
    const absent = tool.absent();
    if (absent !== undefined) console.log(`${tool.name} is absent: ${absent}`);
    return absent === undefined;
  });
}

async function measureStages(): Promise<void> {
  for (const stage of STAGES) {
    const rows = stage.rows.filter(isWanted);
    if (!isIncluded(stage.from) || rows.length === 0) continue;
    const taking = tools.filter((tool) => tool === INC || stage.peers.includes(tool.name));
    await new Measurement(stage, taking, limit).run(rows, (line) => {
      report.add(line);
      const isPoint =
        stage.growth !== undefined && rows.some(({ work, scenario }) => work === line.work && scenario === ONE);
      if (isPoint && stage.growth !== undefined) growth.add(stage.growth, line);
    });
  }
}

async function measureCommands(): Promise<void> {
  for (const { work, args, goal } of COMMANDS.filter(isWanted)) {
    const { measured, failures } = await compare([incCommand(args), BARE_NODE], limit);
    const verdict = judge(goal, measured);
    const where = verdict.result === "MISSED" ? await whereTimeGoes(args, tmpdir()) : undefined;
    report.add({ work, measured, verdicts: [verdict], faults: [...failures.values()], where, ideal: 0 });
  }
}

/** One after the other, since each keeps watching: the command's start under Turborepo, which does not say when it is done. */
async function measureWatching(): Promise<void> {
  const taking = watchers(undefined).filter(
    ({ name }) => name === "inc watch" || (name === "turbo watch" && tools.includes(TURBO)),
  );
  for (const { work, files, from, goals } of WATCHING.filter(isWanted)) {
    if (!isIncluded(from)) continue;
    const { measured: node } = await compare([BARE_NODE], limit);
    const measured = new Map<string, Summary>(node);
    const faults: string[] = [];
    for (const watcher of taking)
      try {
        const { started, finished, own } = await observe(watcher, files, TURNS);
        const time = median(finished.length === 0 ? started : finished);
        measured.set(watcher.name.replace(" watch", ""), { time, peak: own, ran: [] });
      } catch (error) {
        faults.push(error instanceof Error ? error.message : String(error));
      }
    const verdicts = goals.map((goal) => judge(goal, measured));
    const inc = taking.find(({ name }) => name === "inc watch");
    // Phases say nothing about memory.
    const isSlow = verdicts.some(({ result }, n) => result === "MISSED" && goals[n]?.kind === "ratio");
    const where = isSlow && inc !== undefined ? await whereWatchGoes(inc, files) : undefined;
    report.add({ work, measured, verdicts, faults, where, ideal: 0 });
  }
}
