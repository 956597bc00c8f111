import { availableParallelism, totalmem } from "node:os";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { GraphConfig } from "../../model/graph.ts";
import type { Result } from "../../model/result.ts";

/** How many look-ups of results elsewhere go on at once: each waits for a network, not for a core. */
export const LOOKUPS = 32;

/**
 * How many attempts run at once: the flag beats INC_JOBS, which beats the manifest; else one a core.
 * `50%` is half of the cores, at least one.
 * @param cores Where attempts are executed.
 */
export function resolveJobs(
  flag: string | undefined,
  config: Pick<GraphConfig, "jobs">,
  cores = availableParallelism(),
): Result<number> {
  const written = flag ?? process.env["INC_JOBS"] ?? config.jobs;
  if (written === undefined) return { ok: true, value: Math.max(1, Math.floor(cores)) };
  const match = /^(\d+)(%?)$/.exec(String(written));
  const amount = Number(match?.[1]);
  if (match === null || amount < 1) return { ok: false, diagnostics: [unusable(String(written))] };
  if (match[2] === "") return { ok: true, value: amount };
  return { ok: true, value: Math.max(1, Math.floor((cores * amount) / 100)) };
}

/**
 * Capacity of each resource pool: `cpu` is the number of jobs, `memory` the machine's bytes, others as configured.
 * @param there What there is of them where attempts are executed, if that is not this machine.
 */
export function poolCapacity(
  jobs: number,
  config: GraphConfig,
  there: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const configured = Object.entries(config.resources ?? {});
  return new Map([["memory", totalmem()], ...configured, ...there, ["cpu", jobs]]);
}

function unusable(written: string): Diagnostic {
  return {
    code: "INC1003",
    severity: "error",
    message: `"${written}" is not a number of jobs`,
    help: ["give a whole number, such as 4, or a share of the cores, such as 50%"],
  };
}
