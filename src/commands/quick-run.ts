import { type ParsedArguments, splitManifest } from "../cli/flag-spec.ts";
import { parseLockWait, parseParams } from "../cli/params.ts";
import { phase } from "../host/phases.ts";
import { openOutput, writeNow } from "../host/process/standard-output.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { summaryFile } from "../report/ci/github.ts";
import type { FileChoice } from "../report/ci/reports.ts";
import { jsonReport } from "../report/run/json.ts";
import type { Report } from "../report/run/report.ts";
import { renderSummary } from "../report/run/summary.ts";
import { traceReport } from "../report/run/trace.ts";
import { type NoopRequest, summaryOf, tryNoop } from "../run/noop.ts";
import { emitNoop } from "../run/noop-events.ts";
import { resolveJobs } from "../run/session/jobs.ts";
import { askWatch } from "../watch/server/ask.ts";
import type { AskedSharing } from "../workspace/request.ts";
import type { OpeningLook } from "../workspace/snapshot-check.ts";

/** The flags of `inc run` that change neither what is fresh nor, except for what is asked below, what is printed of it. */
const HARMLESS: ReadonlySet<string> = new Set([
  "jobs",
  "keep-going",
  "adopt",
  "json",
  "output-logs",
  "verbose",
  "profile",
  "junit",
  "param",
  "no-cache-write",
  "lock-wait",
  "remote",
  "remote-download",
  "executor",
  "ray-address",
  "ray-data",
  "ray-python",
]);

/** The exit code, or what the check saw and a full run need not look at again. */
export interface Answer {
  readonly code?: number;
  readonly look?: OpeningLook | undefined;
  /** Has the phases so far, and is to be closed by the full run. */
  readonly trace?: Report;
}

/**
 * The short way of `inc run`: says that everything is fresh without loading what a run needs, and prints the same as a
 * full run. Without an exit code, a full run is needed, also to print what is wrong with a flag.
 */
export async function quickRun(parsed: ParsedArguments, started: number): Promise<Answer> {
  const { flags, positionals, extra } = parsed;
  if (extra.length > 0 || !Object.keys(flags).every((flag) => HARMLESS.has(flag))) return {};
  // Shows what fresh tasks printed when they ran: that is in the store.
  if (flags["output-logs"] === "full") return {};
  const jobs = flags["jobs"] as string | undefined;
  if (!resolveJobs(jobs, {}).ok) return {};
  try {
    const params = parseParams(flags["param"] as readonly string[] | undefined);
    parseLockWait(flags["lock-wait"] as string | undefined);
    const sharing = { remote: flags["remote"], download: flags["remote-download"] } as AskedSharing;
    const request = { cwd: process.cwd(), params, ...sharing, ...splitManifest(positionals) };
    const shown = { json: flags["json"] === true, junit: flags["junit"] as string | undefined, jobs, started };
    const needsEvents = shown.json || shown.junit !== undefined || summaryFile(process.env) !== undefined;
    const answer = needsEvents ? () => printEvents(request, shown) : () => printSummary(request, started);
    return await traced(flags["profile"] as string | undefined, started, answer);
  } catch (error) {
    if (error instanceof DiagnosticError) return {};
    throw error;
  }
}

async function printSummary(request: NoopRequest, started: number): Promise<Answer> {
  const answered = await askWatch("run", request);
  const { fresh, look } = answered === undefined ? phase("run", "no-op", () => tryNoop(request)) : {};
  const selection = answered ?? fresh?.selection;
  if (selection === undefined) return { look };
  writeNow(`${renderSummary(summaryOf(selection, started))}\n`);
  return { code: 0 };
}

/** What is written of a run with nothing to do besides its summary. */
interface Shown {
  readonly json: boolean;
  readonly junit: string | undefined;
  readonly jobs: string | undefined;
  readonly started: number;
}

/** A watch is not asked: it knows how many tasks are fresh, not which. */
async function printEvents(request: NoopRequest, { json, junit, jobs, started }: Shown): Promise<Answer> {
  const { fresh, look } = phase("run", "no-op", () => tryNoop(request));
  if (fresh === undefined) return { look };
  const lines: string[] = [];
  const events = jsonReport({ write: (line) => lines.push(line) });
  const files = await filesOf({ junit, env: process.env, cwd: request.cwd, graph: () => fresh.snapshot.graph() });
  const isKnown = emitNoop(fresh, { jobs, started }, (event) => {
    if (json) events.event(event);
    else if (event.kind === "run-ended") lines.push(`${renderSummary(event.summary)}\n`);
    for (const file of files) file.event(event);
  });
  if (!isKnown) return {};
  for (const file of files) await file.close();
  writeNow(lines.join(""));
  return { code: 0 };
}

/** Their code is loaded only where they are asked for. */
async function filesOf(choice: FileChoice): Promise<readonly Report[]> {
  if (choice.junit === undefined && summaryFile(choice.env) === undefined) return [];
  const { ciReports } = await import("../report/ci/reports.ts");
  return ciReports(choice);
}

/** Writes a trace of inc's own work to a file, if one is named and no full run has to follow. */
async function traced(path: string | undefined, started: number, answer: () => Promise<Answer>): Promise<Answer> {
  if (path === undefined) return answer();
  const trace = traceReport(path);
  trace.event({ kind: "run-started", run: "", manifest: "", tasks: [], jobs: 0, dry: false, time: started });
  const answered = await answer();
  if (answered.code === undefined) return { ...answered, trace };
  try {
    await trace.close();
    return answered;
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    // A full run would print all once more.
    openOutput();
    const { printDiagnostics } = await import("../cli/diagnostics.ts");
    return { code: printDiagnostics(error.diagnostics) };
  }
}
