import { readFileSync } from "node:fs";
import { wantsColor } from "../text/color.ts";
import { jsonReport } from "./json.ts";
import { liveReport } from "./live.ts";
import { type OutputLogs, plainReport } from "./plain.ts";
import type { Report } from "./report.ts";
import { traceReport } from "./trace.ts";

export interface ReportChoice {
  readonly json: boolean;
  readonly outputLogs: OutputLogs;
  /** Each command is shown before it runs. */
  readonly verbose: boolean;
  /** The path of a trace of the run; undefined: none is written. */
  readonly profile: string | undefined;
  readonly stdout: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; locations are shown relative to it. */
  readonly cwd: string;
}

/**
 * Chooses the report of a run: JSON when asked for, a live view on a terminal that can move its cursor, else plain
 * lines.
 */
export function chooseReport(choice: ReportChoice): Report {
  const shown = chooseShown(choice);
  if (choice.profile === undefined) return shown;
  const trace = traceReport(choice.profile);
  return {
    event(event) {
      shown.event(event);
      trace.event(event);
    },
    async close() {
      await shown.close();
      await trace.close();
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
  return moves ? liveReport({ ...options, stdout }) : plainReport({ ...options, stdout });
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
