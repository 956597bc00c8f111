import { closeSync, constants, openSync } from "node:fs";
import { createInterface } from "node:readline";
import { leave } from "../host/process/leave.ts";
import { type Child, failedChild, type NewFile, openNewFile, spawnCommand } from "../host/process/process.ts";
import { defined } from "../model/defined.ts";
import type { ForkAnswer, ForkedCommand, ForkRequest } from "./launcher.ts";

let running = 0;
/** No more requests come. */
let isClosed = false;

/**
 * The program of a small process that forks commands for inc. It reads requests, one JSON text a line, and answers in the same way:
 * that it is there, the process id of a command, how a command ended. It ends when its standard input has ended and its commands
 * have, too.
 */
function fork({ id, command }: ForkRequest): void {
  running += 1;
  const child = start(command);
  if (child.pid !== undefined) answer({ id, pid: child.pid });
  void child.exited.then(({ exit, signal, error }) => {
    running -= 1;
    answer(defined({ id, exit, signal, error: error === undefined ? undefined : plainError(error) }));
    endWhenDone();
  });
}

function endWhenDone(): void {
  if (isClosed && running === 0) void leave(0);
}

function start({ output, ...command }: ForkedCommand): Child {
  const files: number[] = [];
  try {
    for (const path of output) files.push(openStream(path));
    const [stdout, stderr = stdout] = files as [number, number?];
    return spawnCommand({ ...command, stdout, stderr });
  } catch (error) {
    return failedChild(error as NodeJS.ErrnoException);
  } finally {
    for (const file of files) closeSync(file);
  }
}

/** Not emptied, and readable as the log is when inc forks: a command may read there what it has written. */
function openStream(path: string | NewFile): number {
  if (typeof path === "object") return openNewFile(path);
  try {
    return openSync(path, constants.O_RDWR);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    return openSync(path, constants.O_WRONLY);
  }
}

/** An error's own fields, which JSON leaves out. */
function plainError({ message, code, path, syscall }: NodeJS.ErrnoException): NonNullable<ForkAnswer["error"]> {
  return defined({ message, code, path, syscall });
}

function answer(message: ForkAnswer): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

// inc has ended, and with it the reader of all answers.
process.stdout.on("error", () => void leave(0));
createInterface({ input: process.stdin })
  .on("line", (line) => fork(JSON.parse(line) as ForkRequest))
  .on("close", () => {
    isClosed = true;
    endWhenDone();
  });
answer({ id: 0 });
