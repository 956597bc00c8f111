import type { Comparison, Summary } from "../timing/rounds.ts";
import type { Judgement } from "./goals.ts";

/** A line of the table. */
export interface Line {
  readonly work: string;
  readonly measured: Comparison["measured"];
  readonly verdicts: readonly Judgement[];
  /** What must not be: failures, wrong outputs, needless tasks. */
  readonly faults: readonly string[];
  /** Where inc's time goes, of a line that missed a goal. */
  readonly where?: string | undefined;
  /** Number of tasks that have to run. */
  readonly ideal: number;
}

const COLUMNS = ["inc", "make", "ninja", "turbo", "bazel", "wireit", "node"];

/** Prints lines as they come, and collects them. */
export class Report {
  readonly lines: Line[] = [];

  constructor() {
    const heads = ["work", ...COLUMNS, "ratio", "goal", "result"];
    console.log(`| ${heads.join(" | ")} |\n|${heads.map(() => "---|").join("")}`);
  }

  add(line: Line): void {
    this.lines.push(line);
    const { work, measured, verdicts, ideal } = line;
    const cells = COLUMNS.map((name) => cell(measured.get(name), ideal));
    const others = [...measured].filter(([name]) => !COLUMNS.includes(name));
    const besides = others.map(([name, { time }]) => `${name} ${duration(time)}`).join(", ");
    const ratios = [...verdicts.map(({ actual }) => actual), besides].filter((text) => text !== "");
    const goals = verdicts.map(({ goal }) => goal);
    const results = verdicts.map(({ result }) => result);
    console.log(`| ${[work, ...cells, ...[ratios, goals, results].map((texts) => texts.join("; "))].join(" | ")} |`);
    for (const fault of line.faults) console.log(`ERROR: ${fault}`);
  }

  /** Lists the goals that were missed. */
  end(): void {
    const missed = this.lines.flatMap(({ work, verdicts, where }) => {
      const goals = verdicts
        .filter(({ result }) => result === "MISSED")
        .map(({ actual, goal }) => `${actual}, goal ${goal}`);
      return goals.length === 0 ? [] : `- ${work}: ${goals.join("; ")}${where === undefined ? "" : `\n  ${where}`}`;
    });
    console.log(missed.length === 0 ? "\nNo goal was missed." : `\nGoals that were missed:\n${missed.join("\n")}`);
    const faults = this.lines.flatMap((line) => line.faults);
    if (faults.length === 0) return;
    console.log(`\nErrors:\n${faults.map((fault) => `- ${fault}`).join("\n")}`);
    process.exitCode = 1;
  }
}

function cell(summary: Summary | undefined, ideal: number): string {
  if (summary === undefined) return "";
  const { time, peak, ran } = summary;
  const odd = ran.filter((count) => count !== ideal);
  return [
    duration(time),
    peak === undefined ? "" : ` ${peak.toFixed(0)} MB`,
    odd.length === 0 ? "" : ` (${odd.join(", ")} ran)`,
  ].join("");
}

export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}
