import { setMaxListeners } from "node:events";
import { closeSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { makeOwnDirectory } from "../../host/files/own-files.ts";
import type { Child, Command, Exit } from "../../host/process/process.ts";
import { endTree, groupExists, type Left, leftBy } from "../../host/process/tree.ts";
import { startTimer } from "../../host/timer.ts";
import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { AttemptResult } from "../executor.ts";
import { AttemptOutput, type OutputOptions } from "./attempt-output.ts";

/** A command to run to its end. All paths absolute. */
export interface SupervisedCommand extends OutputOptions {
  /** The marker of its processes; `env` carries it. */
  readonly id: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string | undefined;
  /** Opens the file that takes the stream instead of the log; its descriptor is closed at the end. */
  readonly stdout?: (() => number) | undefined;
  readonly stderr?: (() => number) | undefined;
  /** Takes the command's output, secrets masked. */
  readonly log: string;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  /** Between SIGTERM and SIGKILL, in milliseconds. */
  readonly grace?: number;
  /** Ends the command with everything that it started. */
  readonly signal: AbortSignal;
  readonly shared: Shared;
  /** Called at once with the process id, which is the id of its group too. */
  readonly onSpawn: (pid: number) => void;
}

/** What the commands that run at the same time know of one another. */
export interface Shared {
  /** Leaders of those that run. */
  readonly leaders: Set<number>;
  /** Logs that are empty and that no process has open. */
  readonly freeLogs: Set<string>;
}

const UNKNOWN: Left = { strays: [], isNone: false };

/** As a rule: handlers that clean up (`trap 'docker compose down' EXIT`) take some seconds. */
const GRACE = 5000;

/** Starts a command in a process group of its own. */
export type StartCommand = (command: Command) => Promise<Child>;

/**
 * Runs a command to its end; when this resolves, no process of the command is left. Never rejects for what a command
 * does.
 */
export async function supervise(spec: SupervisedCommand, start: StartCommand): Promise<AttemptResult> {
  if (spec.signal.aborted) return { outcome: "cancelled", duration: 0, logSize: 0 };
  const started = performance.now();
  const open: number[] = [];
  let output: AttemptOutput | undefined;
  try {
    makeOwnDirectory(dirname(spec.log));
    output = new AttemptOutput(spec.log, { ...spec, isFree: spec.shared.freeLogs.delete(spec.log) });
    const stdout = spec.stdout === undefined ? output.file : remember(open, spec.stdout());
    const stderr = spec.stderr === undefined ? output.file : remember(open, spec.stderr());
    const { isAlone, ...ended } = await untilGone(spec, await start({ ...spec, stdin: spec.stdin, stdout, stderr }));
    const logSize = output.finish();
    if (isAlone && logSize === 0) spec.shared.freeLogs.add(spec.log);
    return { ...ended, duration: Math.round(performance.now() - started), logSize };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    const diagnostics = [unstarted(spec, error as NodeJS.ErrnoException)];
    return { outcome: "failed", duration: Math.round(performance.now() - started), logSize: 0, diagnostics };
  } finally {
    output?.close();
    for (const file of open) closeSync(file);
  }
}

function remember(open: number[], file: number): number {
  open.push(file);
  return file;
}

interface Ended extends Omit<AttemptResult, "duration" | "logSize"> {
  /** No process of the command can have left its group. */
  readonly isAlone: boolean;
}

/** Waits until no process of a command is left. */
async function untilGone(spec: SupervisedCommand, child: Child): Promise<Ended> {
  const { pid } = child;
  if (pid === undefined) return { ...outcomeOf(spec, await child.exited, undefined), isAlone: false };
  const { grace = GRACE } = spec;
  let cause: "timeout" | "cancelled" | undefined;
  let ending: Promise<void> | undefined;
  const end = (why: "timeout" | "cancelled"): void => {
    cause ??= why;
    ending ??= endTree(pid, spec.id, grace);
  };
  const cancel = (): void => end("cancelled");
  // There is a listener for each running attempt, which is no leak.
  setMaxListeners(0, spec.signal);
  spec.signal.addEventListener("abort", cancel, { once: true });
  const timer = spec.timeout === undefined ? undefined : startTimer(() => end("timeout"), spec.timeout);
  try {
    spec.shared.leaders.add(pid);
    spec.onSpawn(pid);
    if (spec.signal.aborted) cancel();
    const exit = await child.exited;
    timer?.clear();
    spec.shared.leaders.delete(pid);
    const { strays, isNone } = ending === undefined ? leftBy(pid, spec.id, spec.shared.leaders) : UNKNOWN;
    if (strays.length > 0 || groupExists(pid)) ending ??= endTree(pid, spec.id, grace);
    const ended = cause;
    await ending;
    const isAlone = isNone && ending === undefined;
    return { ...outcomeOf(spec, exit, ended), ...(strays.length === 0 ? {} : { strays }), isAlone };
  } finally {
    timer?.clear();
    spec.shared.leaders.delete(pid);
    spec.signal.removeEventListener("abort", cancel);
  }
}

function outcomeOf(spec: SupervisedCommand, { exit, signal, error }: Exit, cause: "timeout" | "cancelled" | undefined) {
  if (error !== undefined) return { outcome: "failed", diagnostics: [unstarted(spec, error)] } as const;
  const how = defined({ exit, signal });
  return { outcome: cause ?? (exit === 0 ? "ok" : "failed"), ...how } as const;
}

/** Why a command could not be started. */
export function unstarted(spec: Pick<SupervisedCommand, "file" | "cwd">, error: NodeJS.ErrnoException): Diagnostic {
  const base = { code: "INC4301", severity: "error" } as const;
  if (error.path !== undefined && error.syscall === "open")
    return { ...base, message: `"${error.path}" could not be opened for the command: ${error.code}` };
  if (statSync(spec.cwd, { throwIfNoEntry: false })?.isDirectory() !== true)
    return {
      ...base,
      message: `the command's working directory "${spec.cwd}" does not exist`,
      help: ["create it, or change the task's cwd"],
    };
  if (error.code === "ENOENT")
    return {
      ...base,
      message: `the program "${spec.file}" was not found`,
      help: ["install it, or look for it in the PATH that inc was started with"],
    };
  if (error.code === "EACCES")
    return {
      ...base,
      message: `"${spec.file}" is not executable`,
      help: [`make it executable: chmod +x ${spec.file}`],
    };
  return { ...base, message: `"${spec.file}" could not be started: ${error.code ?? error.message}` };
}
