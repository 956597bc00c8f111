import { availableParallelism, totalmem } from "node:os";
import type { Elsewhere } from "../../execute/executor.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { GraphConfig, Task } from "../../model/graph.ts";
import { own } from "../../model/own.ts";
import type { Result } from "../../model/result.ts";
import { type Limits, type Need, needsOf } from "../../plan/ready-queue.ts";
import type { RunOptions } from "./options.ts";

/** How many look-ups of results elsewhere go on at once: each waits for a network, not for a core. */
export const LOOKUPS = 32;
export const LOOKUP_LIMITS: Limits = { jobs: LOOKUPS, capacity: () => undefined, needs: () => [] };

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
  const written = writtenJobs(flag, config);
  if (written === undefined) return { ok: true, value: Math.max(1, Math.floor(cores)) };
  const match = /^(\d+)(%?)$/.exec(String(written));
  const amount = Number(match?.[1]);
  if (match === null || amount < 1) return { ok: false, diagnostics: [unusable(String(written))] };
  if (match[2] === "") return { ok: true, value: amount };
  return { ok: true, value: Math.max(1, Math.floor((cores * amount) / 100)) };
}

function writtenJobs(flag: string | undefined, config: Pick<GraphConfig, "jobs">): string | number | undefined {
  return flag ?? process.env["INC_JOBS"] ?? config.jobs;
}

/**
 * How much of a run goes on at once. Attempts on this machine and elsewhere hold shares of different pools, except for those that
 * are of the pipeline alone, such as licences. The flag bounds both together if it is a number.
 */
export class RunLimits implements Limits {
  readonly #flag: string | undefined;
  readonly #config: GraphConfig;
  readonly #elsewhere: Elsewhere | undefined;
  readonly #here: number;

  /** @param here How many attempts this machine executes at once. */
  constructor(here: number, config: GraphConfig, { jobs, elsewhere }: Pick<RunOptions, "jobs" | "elsewhere">) {
    this.#here = here;
    this.#config = config;
    this.#flag = jobs;
    this.#elsewhere = elsewhere;
  }

  get jobs(): number {
    const isTotal = /^\d+$/.test(String(writtenJobs(this.#flag, this.#config)));
    return isTotal ? this.#here : this.#here + this.#there;
  }

  capacity(pool: string): number | undefined {
    if (pool === "cpu") return this.#here;
    if (pool === `${THERE}cpu`) return this.#there;
    if (pool.startsWith(THERE)) return this.#elsewhere?.capacity.get(pool.slice(THERE.length));
    return own(this.#config.resources ?? {}, pool) ?? (pool === "memory" ? totalmem() : undefined);
  }

  needs(task: Task): readonly Need[] {
    const needs = needsOf(task);
    if (this.#elsewhere?.takes(task) !== true) return needs;
    const { capacity } = this.#elsewhere;
    return needs.map(([pool, amount]) => [capacity.has(pool) ? `${THERE}${pool}` : pool, amount]);
  }

  get #there(): number {
    const cores = this.#elsewhere?.capacity.get("cpu");
    const jobs = cores === undefined ? undefined : resolveJobs(this.#flag, this.#config, cores);
    return jobs?.ok === true ? jobs.value : 0;
  }
}

/** Before the name of a pool: of the machines beside this one. No name of a pool in a manifest begins with a space. */
const THERE = " ";

function unusable(written: string): Diagnostic {
  return {
    code: "INC1003",
    severity: "error",
    message: `"${written}" is not a number of jobs`,
    help: ["give a whole number, such as 4, or a share of the cores, such as 50%"],
  };
}
