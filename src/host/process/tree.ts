import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { bootId, startTimeOf } from "./identity.ts";

/** The variable that marks every process of an attempt. Nested runs append theirs: `outer/inner`. */
export const MARKER = "INC_ATTEMPT";

/** How long killed processes are waited for, in milliseconds: only one in uninterruptible sleep takes longer. */
const KILL_WAIT = 2000;
const FIRST_POLL = 2;
const LAST_POLL = 40;

/** What a journal knows of an attempt whose run died. */
export interface DeadAttempt {
  /** The attempt's id, which marks its processes. */
  readonly attempt: string;
  /** Leader of its process group; absent when the run died before it was written down. */
  readonly pid?: number;
  /** As `startTimeOf` and `bootId` gave them. */
  readonly startTime?: string;
  readonly boot: string;
}

/** True while some process of the group exists (a zombie counts). One system call. */
export function groupExists(group: number): boolean {
  return signal(-group, 0);
}

/**
 * Ends a process group and, on Linux, the processes that left it but carry the marker: SIGTERM, then SIGKILL for what
 * still lives after the grace. Resolves when nothing is left.
 * @param group Undefined: only what carries the marker is ended.
 * @param grace Milliseconds.
 */
export async function endTree(group: number | undefined, marker: string, grace: number): Promise<void> {
  // A second SIGTERM makes some programs give up cleaning up: who is told with the group is not told again.
  const told = new Set(group === undefined ? [] : treeMembers(group, undefined));
  const tell = (pids: readonly number[]): void => {
    for (const pid of pids) if (!told.has(pid)) signal(pid, "SIGTERM");
    for (const pid of pids) told.add(pid);
  };
  // A stopped process takes SIGTERM only when it is continued.
  if (group !== undefined && signal(-group, "SIGTERM")) signal(-group, "SIGCONT");
  if (await gone(group, marker, grace, tell)) return;
  await gone(group, marker, KILL_WAIT, (pids) => {
    if (group !== undefined) signal(-group, "SIGKILL");
    for (const pid of pids) signal(pid, "SIGKILL");
  });
}

/** Polls until nothing is left; false when the time is over. `act` gets what is left, each time. */
async function gone(
  group: number | undefined,
  marker: string,
  time: number,
  act: (pids: readonly number[]) => void,
): Promise<boolean> {
  const end = performance.now() + time;
  for (let pause = FIRST_POLL; ; pause = Math.min(pause * 2, LAST_POLL)) {
    const left = treeMembers(group, marker);
    if (left.length === 0) return true;
    if (performance.now() >= end) return false;
    act(left);
    await wait(pause);
  }
}

/** Ids of the living processes of a tree; without /proc, the group's own id stands for all of it. */
export function treeMembers(group: number | undefined, marker: string | undefined): readonly number[] {
  if (process.platform !== "linux") return group !== undefined && groupExists(group) ? [group] : [];
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const fields = statFields(pid);
    // Zombies hold nothing any more, and under a first process that reaps no orphans they stay for ever.
    if (fields === undefined || fields[0] === "Z" || fields[0] === "X") continue;
    if ((group !== undefined && Number(fields[2]) === group) || (marker !== undefined && carries(pid, marker)))
      found.push(pid);
  }
  return found;
}

function carries(pid: number, marker: string): boolean {
  const environment = readProc(`/proc/${pid}/environ`);
  if (environment === undefined || !environment.includes(marker)) return false;
  const entry = environment.split("\0").find((line) => line.startsWith(`${MARKER}=`));
  return (
    entry
      ?.slice(MARKER.length + 1)
      .split("/")
      .includes(marker) ?? false
  );
}

/** Fields of /proc/PID/stat from the state on; the name before it may hold spaces and parentheses. */
function statFields(pid: number): readonly string[] | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Processes end while they are looked at, and those of others cannot be read: both are no concern of ours. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/**
 * Ends what a run that died left running. The group is ended only when its leader is provably the one that was
 * started; otherwise only processes that carry the attempt's marker are.
 */
export async function endGroupOfDeadRun(attempt: DeadAttempt, grace = 2000): Promise<void> {
  if (attempt.boot !== bootId()) return;
  const { pid, startTime } = attempt;
  const same = pid !== undefined && startTime !== undefined && startTimeOf(pid) === startTime;
  await endTree(same ? pid : undefined, attempt.attempt, grace);
}

/** False when there is no such process or group, or it is not ours to signal. */
function signal(target: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, name);
    return true;
  } catch {
    return false;
  }
}
