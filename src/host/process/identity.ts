import { readFileSync, readlinkSync } from "node:fs";
import { readProc } from "./proc-file.ts";

/**
 * The start of a process, in the kernel's ticks since boot. Process ids are reused, so that only id, start and boot
 * together identify a process. Undefined where there is no /proc, or no such process.
 */
export function startTimeOf(pid: number): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  // The second field, the program's name in parentheses, may hold anything: count from behind it. Field 22 of
  // proc(5).
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

/** Identifies the current boot of the machine; empty where the kernel does not say. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return "";
  }
}

/**
 * Identifies the process-id namespace of this process, of which each container has its own; empty if unknown.
 */
export function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** True while that same process still runs. */
export function isAlive(pid: number, startTime: string | undefined, boot: string): boolean {
  if (boot !== bootId()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return startTime === undefined || startTimeOf(pid) === startTime;
}
