import { readdirSync, readFileSync } from "node:fs";

/** The variable whose value marks a process and all that it starts, including daemons that left its tree. */
export const MARK = "INC_BENCH_FAMILY";

/** @returns Ids of the running processes with this mark. */
export function family(mark: string): number[] {
  const wanted = `${MARK}=${mark}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && proc(Number(name), "environ").split("\0").includes(wanted))
    .map(Number);
}

/** @returns Milliseconds of user and system time of a process, in steps of ten. */
export function processorTime(pid: number): number {
  const fields = proc(pid, "stat").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

/** @returns Megabytes of memory: resident (RSS), and with shared pages divided among their processes (PSS). */
export function memory(pid: number): { readonly resident: number; readonly proportional: number } {
  const rollup = proc(pid, "smaps_rollup");
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0) / 1024;
  return { resident: megabytes("Rss"), proportional: megabytes("Pss") };
}

/** A file of /proc; empty for a process that has ended. */
function proc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
