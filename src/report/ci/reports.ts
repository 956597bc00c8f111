import type { Graph } from "../../model/graph.ts";
import type { Report } from "../run/report.ts";
import { checkout, summaryFile } from "./github.ts";
import { jobSummaryReport } from "./job-summary.ts";
import { junitReport } from "./junit.ts";

/** What decides about reports for CI systems. */
export interface FileChoice {
  /** The path of a JUnit report; undefined: none is written. */
  readonly junit: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** The graph of the latest round. */
  graph(): Graph | undefined;
}

/** The reports of a run for CI systems, which are written to files. Throws a DiagnosticError for one that cannot be. */
export function ciReports({ junit, env, cwd, graph }: FileChoice): readonly Report[] {
  const path = summaryFile(env);
  return [
    ...(junit === undefined ? [] : [junitReport(junit)]),
    ...(path === undefined ? [] : [jobSummaryReport({ path, root: checkout(env, cwd), graph })]),
  ];
}
