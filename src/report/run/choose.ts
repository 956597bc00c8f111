import { readFileSync } from "node:fs";
import { checkout, isOnGitHub } from "../ci/github.ts";
import { ciReports, type FileChoice } from "../ci/reports.ts";
import { workflowCommands } from "../ci/workflow-commands.ts";
import { wantsColor } from "../text/color.ts";
import { jsonReport } from "./json.ts";
import { liveReport } from "./live.ts";
import { type OutputLogs, plainReport } from "./plain.ts";
import type { Report } from "./report.ts";
import { traceReport } from "./trace.ts";

export interface ReportChoice extends FileChoice {
  readonly json: boolean;
  readonly outputLogs: OutputLogs;
  /** Each command is shown before it runs. */
  readonly verbose: boolean;
  /** The path of a trace of the run; undefined: none is written. */
  readonly profile: string | undefined;
  readonly stdout: NodeJS.WriteStream;
}

/**
 * Chooses the reports of a run: JSON when asked for, a live view on a terminal that can move its cursor, else plain
 * lines; beside it the files that flags or GitHub Actions ask for.
 */
export function chooseReport(choice: ReportChoice): Report {
  const { profile } = choice;
  const shown = chooseShown(choice);
  const files = [...(profile === undefined ? [] : [traceReport(profile)]), ...ciReports(choice)];
  if (files.length === 0) return shown;
  const reports = [shown, ...files];
  return {
    event(event) {
      for (const report of reports) report.event(event);
    },
    async close() {
      for (const report of reports) await report.close();
    },
  };
}

/**
 * True when the report shows the output of commands while they run: as lines, or the last line of each in the live
 * view.
 */
export function isFollowed(outputLogs: OutputLogs, json: boolean): boolean {
  return json ? outputLogs === "stream" : outputLogs !== "none";
}

function chooseShown({ json, outputLogs, verbose, stdout, env, cwd }: ReportChoice): Report {
  if (json) return jsonReport(stdout);
  const options = { outputLogs, verbose, color: wantsColor(env, stdout), cwd, readSource };
  const moves = stdout.isTTY === true && env["TERM"] !== "dumb" && !isSet(env["CI"]);
  if (moves) return liveReport({ ...options, stdout });
  const ci = isOnGitHub(env) ? { ci: workflowCommands(checkout(env, cwd)) } : {};
  return plainReport({ ...options, ...ci, stdout });
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false" && value !== "0";
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
