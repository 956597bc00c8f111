import { readdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { bootId, startTimeOf } from "./identity.ts";
import { readProc } from "./proc-file.ts";

/** The variable that marks every process of an attempt. Nested runs append theirs: `outer/inner`. */
export const MARKER = "INC_ATTEMPT";

/** How long killed processes are waited for, in milliseconds: only one in uninterruptible sleep takes longer. */
const KILL_WAIT = 2000;
/** Up to this many ids, probing each is faster than listing all processes. */
const FEW_IDS = 64;
const FIRST_POLL = 2;
const LAST_POLL = 40;
/** The longest command line in a message, in characters. */
const LONGEST_COMMAND = 60;

/** A journal's record of an attempt whose run died. */
export interface DeadAttempt {
  /** The attempt's id, which marks its processes. */
  readonly attempt: string;
  /** Leader of its process group; absent when the run died before recording it. */
  readonly pid?: number;
  /** Results of `startTimeOf` and `bootId`. */
  readonly startTime?: string;
  readonly boot: string;
}

/** True while some process of the group exists (a zombie counts). One system call. */
export function groupExists(group: number): boolean {
  return signal(-group, 0);
}

/** Ends a process group at once. */
export function killGroup(group: number): void {
  signal(-group, "SIGKILL");
}

/** A process that left its attempt's group and still runs. */
export interface Stray {
  readonly pid: number;
  /** Its command line, shortened. */
  readonly command: string;
}

/**
 * Ends a process group and, on Linux, the processes that left it but carry the marker: SIGTERM once to what there is
 * now, then SIGKILL to what still lives after the grace. Processes that start in between get no
 * SIGTERM: a handler of SIGTERM may clean up with them. Resolves when nothing is left.
 * @param group Undefined: only what carries the marker is ended.
 * @param grace Milliseconds.
 */
export async function endTree(group: number | undefined, marker: string, grace: number): Promise<void> {
  const members = new Set(group === undefined ? [] : treeMembers(group, undefined));
  const outside = treeMembers(undefined, marker).filter((pid) => !members.has(pid) && pid !== group);
  for (const name of ["SIGTERM", "SIGCONT"] as const) {
    // A stopped process handles SIGTERM only after SIGCONT.
    if (group !== undefined) signal(-group, name);
    for (const pid of outside) signal(pid, name);
  }
  if (await gone(group, marker, grace, () => {})) return;
  await gone(group, marker, KILL_WAIT, (pids) => {
    if (group !== undefined) signal(-group, "SIGKILL");
    for (const pid of pids) signal(pid, "SIGKILL");
  });
}

/** What runs of an attempt whose leader has ended. */
export interface Left {
  /** What carries its marker, outside of its group. */
  readonly strays: readonly Stray[];
  /** True when nothing else can be left of it, not even a process that dropped the marker. */
  readonly isNone: boolean;
}

/**
 * The processes that an ended attempt left behind outside its group. Examines only ids after the leader's, which costs
 * little when the system has started few processes since. Linux only.
 * @param others Leaders of other attempts that run. Each began a session, whose groups no process of this attempt can join.
 */
export function leftBy(leader: number, marker: string, others: ReadonlySet<number> = new Set()): Left {
  const last = Number(readProc("/proc/loadavg")?.trim().split(" ")[4]);
  if (process.platform !== "linux" || last === leader) return { strays: [], isNone: last === leader };
  // After so many ids they may have begun anew.
  let isNone = last > leader && last - leader <= FEW_IDS;
  const members = membersAmong(idsBetween(leader, last), (pid, group) => {
    if (others.has(pid) || others.has(group)) return false;
    isNone = false;
    return carries(pid, marker);
  });
  return { strays: members.map((pid) => ({ pid, command: commandOf(pid) })), isNone };
}

/** What a process that goes on has left behind: the other processes of its group, and those that carry a marker. */
export function leftBeside(leader: number, marker: string): readonly Stray[] {
  return treeMembers(leader, marker)
    .filter((pid) => pid !== leader)
    .map((pid) => ({ pid, command: commandOf(pid) }));
}

/** The ids after the leader's. Ids wrap around at the system's limit. */
function idsBetween(leader: number, last: number): readonly number[] {
  if (last > leader && last - leader <= FEW_IDS) return Array.from({ length: last - leader }, (_, i) => leader + 1 + i);
  return last < leader ? processIds() : processIds().filter((pid) => pid > leader && pid <= last);
}

function processIds(): readonly number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function commandOf(pid: number): string {
  const words = readProc(`/proc/${pid}/cmdline`)?.split("\0").join(" ").trim() ?? "";
  const name = words === "" ? (readProc(`/proc/${pid}/comm`)?.trim() ?? "") : Buffer.from(words, "latin1").toString();
  return name.length > LONGEST_COMMAND ? `${name.slice(0, LONGEST_COMMAND)}…` : name;
}

/** Polls until no process is left; false on timeout. `act` gets the remaining processes each time. */
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

/** Ids of the living processes of a tree; without /proc, the group's own id only. */
export function treeMembers(group: number | undefined, marker: string | undefined): readonly number[] {
  if (process.platform !== "linux") return group !== undefined && groupExists(group) ? [group] : [];
  return membersAmong(
    processIds(),
    (pid, itsGroup) => itsGroup === group || (marker !== undefined && carries(pid, marker)),
  );
}

/** The living processes among some ids that belong, by their id and the id of their group. */
function membersAmong(ids: Iterable<number>, belongs: (pid: number, group: number) => boolean): readonly number[] {
  const found: number[] = [];
  for (const pid of ids) {
    if (pid === process.pid) continue;
    const fields = statFields(pid);
    // Zombies hold no resources, and stay forever under an init process that reaps no orphans.
    if (fields === undefined || fields[0] === "Z" || fields[0] === "X") continue;
    if (belongs(pid, Number(fields[2])) && isProcess(pid)) found.push(pid);
  }
  return found;
}

/** False for the id of a thread, which answers in /proc though no listing has it. */
function isProcess(pid: number): boolean {
  return readProc(`/proc/${pid}/status`)?.includes(`\nTgid:\t${pid}\n`) === true;
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

/**
 * Ends the processes of a dead run. Its process group is ended only if the leader is provably the recorded one;
 * otherwise only processes with the attempt's marker are.
 */
export async function endGroupOfDeadRun(attempt: DeadAttempt, grace = 2000): Promise<void> {
  if (attempt.boot !== bootId()) return;
  const { pid, startTime } = attempt;
  const same = pid !== undefined && startTime !== undefined && startTimeOf(pid) === startTime;
  await endTree(same ? pid : undefined, attempt.attempt, grace);
}

/** False when there is no such process or group, or it may not be signalled. */
function signal(target: number, name: NodeJS.Signals | 0): boolean {
  const { stackTraceLimit } = Error;
  // Most often there is none. To note where the exception comes from would take three times as long as all else.
  Error.stackTraceLimit = 0;
  try {
    process.kill(target, name);
    return true;
  } catch {
    return false;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
