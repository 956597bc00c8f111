import type { RemoteUse, RunRecord } from "../../model/entry.ts";
import { formatDuration } from "../text/duration.ts";
import { formatSize } from "../text/size.ts";
import { localTime } from "../text/time.ts";

/** What runs had of shared caches, in all. */
export interface TotalUse extends Omit<RemoteUse, "remote"> {
  readonly runs: number;
  /** When the first of them began, in milliseconds since the epoch; null: there are none. */
  readonly since: number | null;
}

export function totalOf(runs: readonly RunRecord[]): TotalUse {
  const sum = (of: (use: RemoteUse) => number): number =>
    runs.reduce((total, { remote }) => total + (remote === undefined ? 0 : of(remote)), 0);
  return {
    runs: runs.length,
    since: runs.at(-1)?.started ?? null,
    hits: sum(({ hits }) => hits),
    misses: sum(({ misses }) => misses),
    uploaded: sum(({ uploaded }) => uploaded),
    taken: sum(({ taken }) => taken),
    given: sum(({ given }) => given),
    saved: sum(({ saved }) => saved),
  };
}

export function useLines(of: readonly RunRecord[]): readonly string[] {
  const { runs, since, hits, misses, uploaded, taken, given, saved } = totalOf(of);
  if (since === null) return ["no run of this workspace has used a shared cache"];
  const asked = hits + misses;
  const share = asked === 0 ? "" : ` (${Math.round((100 * hits) / asked)} %)`;
  return [
    `${runs === 1 ? "1 run" : `${runs} runs`} with a shared cache since ${localTime(since)}`,
    `  looked up ${asked}, found ${hits}${share}: took ${formatSize(taken)}, saved ${formatDuration(saved)}`,
    `  uploaded ${uploaded}: gave ${formatSize(given)}`,
  ];
}
