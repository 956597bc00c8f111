import { readFileSync, readlinkSync } from "node:fs";

/**
 * A process id alone does not name a process: it is used again. With the time it started, in the kernel's ticks since
 * boot, and the boot it belongs to, it does. Undefined where there is no /proc, or no such process.
 */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field, the program's name in parentheses, may hold anything: count from behind it. Field 22 of
    // proc(5).
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** Names the time since the machine was last started; empty where the kernel does not say. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return "";
  }
}

/**
 * Names the namespace in which this process has its id, as a container has one of its own; empty where there is none.
 */
export function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** True when that very process still runs. */
export function isAlive(pid: number, startTime: string | undefined, boot: string): boolean {
  if (boot !== bootId()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return startTime === undefined || startTimeOf(pid) === startTime;
}
