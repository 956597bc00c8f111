import { spawn } from "node:child_process";
import { accessSync, closeSync, constants, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { flushOutput, isOutputOpen } from "./standard-output.ts";

/** Options of Node that write a file during Node's own exit, and at no other time. */
const GATHERING = /--(cpu-prof|heap-prof|prof\b|trace-event)/;

/** How long Node may take for its own exit, in milliseconds. */
const PATIENCE = 10_000;

/** The first two bytes of what Linux executes: a binary, or a script that names its interpreter. */
const EXECUTED: ReadonlySet<string> = new Set(["\x7fE", "#!"]);

/** `O_NONBLOCK` on Linux. */
const NONBLOCKING = 0o4000;

let hasEmittedExit = false;

/**
 * Ends this process once its output is flushed. Never resolves.
 *
 * `process.exit` joins Node's threads, and one that never ends blocks the exit forever: a compiler that waits for a
 * garbage collection of the main thread (nodejs/node#54918), or a read of a pipe that nothing writes to. The kernel
 * ends all threads of a process that executes another program, without waiting for any; that one then exits with the code.
 */
export async function leave(code: number): Promise<never> {
  await flushOutput();
  process.exitCode = code;
  if (mustExitByNode()) exitByNode();
  flushCompileCache();
  // A listener that throws comes here again, by way of the crash that is reported.
  if (!hasEmittedExit) {
    hasEmittedExit = true;
    // Listeners of "exit" restore the terminal; they may set another code, as with process.exit.
    process.emit("exit", code);
  }
  if (process.env["NODE_V8_COVERAGE"]) process.getBuiltinModule("node:v8").takeCoverage();
  if (isOutputOpen()) restoreBlocking();
  const [program, ...args] = successor(Number(process.exitCode));
  process.execve?.(program, args, {});
  return process.exit();
}

function mustExitByNode(): boolean {
  if (process.execve === undefined || process.platform === "win32") return true;
  return GATHERING.test([...process.execArgv, process.env["NODE_OPTIONS"]].join(" "));
}

/** Bounds the time of an exit that may never end: another process then kills this one, and the exit code is lost. */
function exitByNode(): never {
  const message = `inc: Node did not end within ${PATIENCE / 1000} seconds, and was killed; the exit code would have been ${process.exitCode}\\n`;
  const script = `
    setTimeout(() => { process.stderr.write("${message}"); process.kill(${process.pid}, "SIGKILL"); }, ${PATIENCE});
    process.stdin.resume().on("end", () => process.exit());`;
  // Its input ends with this process, before another one can get the same id.
  spawn(process.execPath, ["-e", script], { cwd: "/", env: {}, detached: true, stdio: ["pipe", "ignore", "inherit"] });
  return process.exit();
}

/** The program that replaces this process, its name for itself and its arguments: it exits with the code. */
function successor(code: number): readonly [string, ...string[]] {
  if (canBeExecuted("/bin/sh")) return ["/bin/sh", "sh", "-c", `exit ${code}`];
  // Takes 20 ms longer. With one thread there is none to wait for.
  return [process.execPath, "node", "--single-threaded", "-e", `process.exit(${code})`];
}

/** Node aborts when it cannot execute a program: check all that the kernel does. */
function canBeExecuted(program: string): boolean {
  let file: number | undefined;
  try {
    accessSync(program, constants.X_OK);
    file = openSync(program, "r");
    const head = Buffer.alloc(2);
    readSync(file, head, 0, 2, 0);
    return process.platform !== "linux" || EXECUTED.has(head.toString("latin1"));
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Node makes pipes among the standard streams non-blocking, for all processes that share them, and only its own exit
 * takes that back: without this, `(inc run; cat large) | less` would fail with EAGAIN in `cat`.
 */
function restoreBlocking(): void {
  try {
    for (const stream of [process.stdout, process.stderr]) setBlocking(stream);
    // Most commands never open their input, and once it was read to its end its handle is closed.
    if (!isNonBlockingPipe(0)) return;
    const { Socket } = process.getBuiltinModule("node:net");
    setBlocking(process.stdin.destroyed ? new Socket({ fd: 0 }) : process.stdin);
  } catch {
    // Already closed: then no process shares it that could fail with EAGAIN.
  }
}

function setBlocking(stream: object): void {
  const { _handle: handle } = stream as { _handle?: { setBlocking?(blocking: boolean): number } | null };
  handle?.setBlocking?.(true);
}

/** Node opens terminals anew: no other process shares its file description of them. */
function isNonBlockingPipe(descriptor: number): boolean {
  const stat = fstatSync(descriptor);
  if (!stat.isFIFO() && !stat.isSocket()) return false;
  const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1"))?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & NONBLOCKING) !== 0;
}
