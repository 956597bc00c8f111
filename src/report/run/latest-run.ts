import { printable } from "../../model/printable.ts";
import { localTime } from "../text/time.ts";

/** Describes the latest run in a workspace in a line, without a line feed. */
export function renderLatestRun(run: {
  readonly started: number;
  readonly exit?: number;
  readonly argv: readonly string[];
}): string {
  return `last run: ${localTime(run.started)}, exit ${run.exit ?? "?"}, ${run.argv.join(" ")}`;
}

/** A line for each service that runs in a workspace. */
export function runningServiceLines(services: readonly { readonly service: string; readonly pid: number }[]): string[] {
  return services.map(({ service, pid }) => `running       ${printable(service)}  process ${pid}`);
}
