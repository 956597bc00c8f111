import { readdirSync, readFileSync } from "node:fs";

/** Variable by whose value a process and all that it starts are known, daemons that left its tree among them. */
export const MARK = "INC_BENCH_FAMILY";

/** @returns Process ids of those that carry this mark and are there still. */
export function family(mark: string): number[] {
  const wanted = `${MARK}=${mark}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && proc(Number(name), "environ").split("\0").includes(wanted))
    .map(Number);
}

/** @returns Milliseconds of processor time that a process has had, the system's for it included; in steps of ten. */
export function processorTime(pid: number): number {
  const fields = proc(pid, "stat").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

/** @returns Megabytes: all that a process has in memory, and the same with shared pages divided among who shares them. */
export function memory(pid: number): { readonly resident: number; readonly proportional: number } {
  const rollup = proc(pid, "smaps_rollup");
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0) / 1024;
  return { resident: megabytes("Rss"), proportional: megabytes("Pss") };
}

/** Nothing for a process that has ended. */
function proc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
