import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tool } from "./tools.ts";
import { type Workload, writeSources } from "./workload.ts";

/** A change to a built workspace before the tool is timed on it. */
export interface Scenario {
  readonly name: string;
  /** Changes the workspace; `turn` counts the repetitions, so that each edit is a new one. */
  change(workload: Workload, root: string, turn: number, build: () => void): void;
  /** Restores the workspace afterwards, untimed. Most scenarios leave a built workspace. */
}

export const SCENARIOS: readonly Scenario[] = [
  { name: "no-op", change: () => {} },
  {
    name: "one file",
    change: (workload, root, turn) => edit(workload, root, `edit ${turn} ${process.hrtime.bigint()}\n`),
  },
  {
    name: "touch",
    change: (workload, root) => {
      const now = new Date();
      utimesSync(join(root, workload.leaf), now, now);
    },
  },
  {
    name: "A→B→A",
    change: (workload, root, _turn, build) => {
      const before = readFileSync(join(root, workload.leaf), "utf8");
      edit(workload, root, `there and back ${process.hrtime.bigint()}\n`);
      build();
      edit(workload, root, before);
    },
  },
  {
    name: "outputs deleted",
    change: (workload, root) => {
      for (const step of workload.steps) rmSync(join(root, step.output));
    },
  },
];

function edit(workload: Workload, root: string, text: string): void {
  writeFileSync(join(root, workload.leaf), text);
}

/** Median wall milliseconds by scenario; `cold` and `first no-op` (with racy re-reads) beside the list above. */
export function measure(tool: Tool, workload: Workload): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  const cold: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const root = mkdtempSync(join(tmpdir(), `inc-bench-${tool.name}-`));
    try {
      writeSources(workload, root);
      tool.prepare(workload, root);
      cold.push(timed(tool, root));
      if (turn < 2) continue;
      times.set("first no-op", timed(tool, root));
      for (const scenario of SCENARIOS) times.set(scenario.name, median(repeat(tool, workload, root, scenario)));
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
  return new Map([["cold", median(cold)], ...times]);
}

function repeat(tool: Tool, workload: Workload, root: string, scenario: Scenario): number[] {
  const samples: number[] = [];
  for (let turn = 0; turn < tool.repeat; turn += 1) {
    scenario.change(workload, root, turn, () => timed(tool, root));
    samples.push(timed(tool, root));
  }
  return samples;
}

function timed(tool: Tool, root: string): number {
  const [program, ...args] = tool.command;
  const start = process.hrtime.bigint();
  const result = spawnSync(program, args, { cwd: root, encoding: "utf8", env: { ...process.env, CI: "1" } });
  const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
  if (result.status !== 0) throw new Error(`${tool.name} failed in ${root}:\n${result.stdout}${result.stderr}`);
  return elapsed;
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
