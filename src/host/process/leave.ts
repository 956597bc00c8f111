import { accessSync, constants, fstatSync, readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { isOutputOpen } from "./standard-output.ts";

/** The program that replaces this process, to exit with its code. */
const SHELL = "/bin/sh";

/** Options of Node that write a file during Node's own exit. */
const GATHERING = /--(cpu-prof|heap-prof|prof\b|trace-event)/;

/** `O_NONBLOCK` on Linux. */
const NONBLOCKING = 0o4000;

/**
 * Ends this process once its output is flushed. Never resolves.
 *
 * `process.exit` joins Node's threads, and one that never ends blocks the exit forever: a compiler that waits for a
 * garbage collection of the main thread (nodejs/node#54918), or a read of a pipe that nothing writes to. The kernel
 * ends all threads of a process that executes another program, without waiting for any; `sh` then exits with the code.
 */
export async function leave(code: number): Promise<never> {
  const streams = isOutputOpen() ? [process.stdout, process.stderr] : [];
  for (const stream of streams) await new Promise((done) => stream.write("", done));
  process.exitCode = code;
  if (!canBeReplaced()) process.exit();
  flushCompileCache();
  // Listeners of "exit" restore the terminal; they may set another code, as with process.exit.
  process.emit("exit", code);
  if (isOutputOpen()) restoreBlocking();
  process.execve?.(SHELL, ["sh", "-c", `exit ${process.exitCode}`], {});
  process.exit();
}

/** Checks that the program can be executed: Node aborts otherwise. */
function canBeReplaced(): boolean {
  if (process.execve === undefined || process.platform === "win32") return false;
  if (process.env["NODE_V8_COVERAGE"] !== undefined) return false;
  if (GATHERING.test([...process.execArgv, process.env["NODE_OPTIONS"]].join(" "))) return false;
  try {
    accessSync(SHELL, constants.X_OK);
    return true;
  } catch {
    return false;
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
