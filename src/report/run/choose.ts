import { checkout, isOnGitHub } from "../ci/github.ts";
import { ciReports, type FileChoice } from "../ci/reports.ts";
import { workflowCommands } from "../ci/workflow-commands.ts";
import { readSource } from "../explain/read-source.ts";
import { wantsColor } from "../text/color.ts";
import { jsonReport } from "./json.ts";
import { liveReport } from "./live.ts";
import { type OutputLogs, plainReport } from "./plain.ts";
import type { Report } from "./report.ts";

export interface ReportChoice extends FileChoice {
  readonly json: boolean;
  readonly outputLogs: OutputLogs;
  /** Each command is shown before it runs. */
  readonly verbose: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * Chooses the reports of a run: JSON when asked for, a live view on a terminal that can move its cursor, else plain
 * lines; beside it the files that flags or GitHub Actions ask for.
 */
export function chooseReport(choice: ReportChoice): Report {
  const shown = chooseShown(choice);
  const files = ciReports(choice);
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

/** What decides whether the live view is shown. */
interface Terminals {
  readonly stdout: { readonly isTTY?: boolean };
  readonly stderr: { readonly isTTY?: boolean };
  readonly env: FileChoice["env"];
}

/** True on a terminal that can move its cursor. Lines of INC_DEBUG there would be erased with the view, and leave parts of it. */
export function isLive({ stdout, stderr, env }: Terminals): boolean {
  const moves = stdout.isTTY === true && env["TERM"] !== "dumb" && !isSet(env["CI"]);
  return moves && !(stderr.isTTY === true && env["INC_DEBUG"] && !env["INC_DEBUG_FILE"]);
}

function chooseShown(choice: ReportChoice): Report {
  const { json, outputLogs, verbose, stdout, env, cwd } = choice;
  if (json) return jsonReport(stdout);
  const options = { outputLogs, verbose, color: wantsColor(env, stdout), cwd, readSource };
  if (isLive(choice)) return liveReport({ ...options, stdout });
  const ci = isOnGitHub(env) ? { ci: workflowCommands(checkout(env, cwd)) } : {};
  return plainReport({ ...options, ...ci, stdout });
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false" && value !== "0";
}
