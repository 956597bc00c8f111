import type { UsedCluster } from "../../execute/ray/cluster-notice.ts";
import { printable } from "../../model/printable.ts";
import { formatDuration } from "../text/duration.ts";
import { localTime } from "../text/time.ts";

/** Describes the latest run in a workspace in a line, without a line feed. */
export function renderLatestRun(run: {
  readonly started: number;
  readonly exit?: number;
  readonly argv: readonly string[];
}): string {
  return `last run: ${localTime(run.started)}, exit ${run.exit ?? "?"}, ${run.argv.join(" ")}`;
}

/** The clusters that are in use, each with what runs there. @param now Milliseconds since the epoch. */
export function usedClusterLines(clusters: readonly UsedCluster[], now: number): string[] {
  return clusters.flatMap(({ address, nodes, pid, running }) => [
    `cluster       ${printable(address)}  ${nodes.map(printable).join(", ")}; used by process ${pid}`,
    ...running.map(
      ({ task, host, since }) =>
        `running       ${printable(task)} @ ${printable(host)}  ${formatDuration(Math.max(0, now - since))}`,
    ),
  ]);
}

/** A line for each service that runs in a workspace. */
export function runningServiceLines(services: readonly { readonly service: string; readonly pid: number }[]): string[] {
  return services.map(({ service, pid }) => `running       ${printable(service)}  process ${pid}`);
}
