import type { Loaded } from "../access/pipeline.ts";
import type { ParsedArguments } from "../cli/flag-spec.ts";
import { print, printJson } from "../cli/print.ts";
import { withPipeline } from "../cli/with-pipeline.ts";
import { usedClusters } from "../execute/ray/cluster-notice.ts";
import { printable } from "../model/printable.ts";
import { describeReason } from "../report/explain/reason.ts";
import { type StaleCause, staleCauses } from "../report/explain/stale-causes.ts";
import { renderLatestRun, runningServiceLines, usedClusterLines } from "../report/run/latest-run.ts";
import { localTime } from "../report/text/time.ts";
import { inspect, latestRun, type TaskStatus } from "../run/inspect.ts";
import { runningServices } from "../services/journal.ts";

/** `inc status`, its arguments parsed. Resolves to the exit code. */
export async function status({ flags, positionals, extra }: ParsedArguments): Promise<number> {
  const params = flags["param"] as readonly string[] | undefined;
  const request = { positionals: [...positionals, ...extra], params, looks: true };
  return withPipeline(request, async (loaded, options) => {
    const inspected = await inspect(loaded, options);
    if (!inspected.ok) return inspected;
    const services = new Set(loaded.graph.tasks.flatMap(({ id, service }) => (service === undefined ? [] : [id])));
    const isTask = ({ task, problems }: TaskStatus): boolean => problems.length > 0 || !services.has(task);
    const statuses = inspected.value.filter(isTask);
    if (flags["stale"] === true) {
      const causes = staleCauses(loaded.graph.tasks, statuses, loaded.store.history);
      if (flags["json"] === true) printJson(causes);
      else for (const line of causeLines(causes)) print(line);
    } else if (flags["json"] === true) {
      const running = runningServices(loaded.workspace.directory);
      const clusters = usedClusters(loaded.workspace.temporary);
      printJson({ tasks: statuses, services: running, clusters, latestRun: latestRun(loaded) ?? null });
    } else printStatuses(statuses, flags["all"] === true || loaded.named.size > 0, loaded);
    return { ok: true, value: 0 };
  });
}

/** Prints a line per stale task, with `all` also per fresh task, then the totals. */
function printStatuses(statuses: readonly TaskStatus[], all: boolean, loaded: Loaded): void {
  const notFresh = statuses.filter(({ result }) => result !== "fresh");
  for (const { task, result, reason, problems } of all ? statuses : notFresh)
    print(`${result.padEnd(13)} ${task}  ${problems[0] ?? describeReason(reason)}`);
  const deferred = statuses.filter(({ reason }) => reason.kind === "deferred").length;
  const elsewhere = deferred === 0 ? "" : `, ${deferred} of them with outputs in the shared cache only`;
  print(`${statuses.length - notFresh.length} of ${statuses.length} fresh${elsewhere}`);
  for (const line of runningServiceLines(runningServices(loaded.workspace.directory))) print(line);
  for (const line of usedClusterLines(usedClusters(loaded.workspace.temporary), Date.now())) print(line);
  const latest = latestRun(loaded);
  if (latest !== undefined) print(renderLatestRun(latest));
}

function causeLines(causes: readonly StaleCause[]): string[] {
  if (causes.length === 0) return ["nothing is stale"];
  return causes.flatMap(({ cause, version, tasks }) => [
    version === undefined
      ? printable(cause)
      : `${printable(cause)}  latest: @${version.n}, ${version.cause} ${localTime(version.time)}`,
    ...tasks.map(
      ({ task, through, why }) => `  ${task}  ${through.length > 0 ? `through ${through.join(", ")}` : why}`,
    ),
  ]);
}
