import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { withoutOwnFiles } from "./inherited.ts";

/** A command to start. Everything absolute. */
export interface Command {
  /** A program's name, looked up in `env.PATH`, or a path. */
  readonly file: string;
  /** The name by which it is called, where that is another than `file`. */
  readonly argv0?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of the file on its stdin; `pipe`: written by the parent; undefined: empty input. */
  readonly stdin: string | undefined;
  /** File descriptors, so that no byte of output passes through this process; or `pipe`, to be read from the child. */
  readonly stdout: number | NewFile | "pipe";
  readonly stderr: number | "pipe";
}

/** A file that is made, or emptied, for a stream of a command. */
export interface NewFile {
  /** Absolute; the last name is no symlink. */
  readonly create: string;
}

/** Not to wait for a reader of a named pipe. */
const WRITTEN =
  constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Throws what openSync(2) throws, and for anything else than a file. */
export function openNewFile({ create }: NewFile): number {
  const file = openSync(create, WRITTEN, 0o666);
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw Object.assign(new Error(`"${create}" is not a file`), { code: "EINVAL" });
}

/** How a process ended. `error`: it never started. */
export interface Exit {
  readonly exit?: number;
  readonly signal?: string;
  readonly error?: NodeJS.ErrnoException;
}

export interface Child {
  /** Also the id of its process group. Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Never rejects. */
  readonly exited: Promise<Exit>;
  /** The pipes among its outputs. */
  readonly pipes: readonly Readable[];
  /** The pipe to its stdin, where it has one. */
  readonly input?: Writable;
  /** Signals the process alone; see `endTree` for its whole tree. */
  kill(signal: NodeJS.Signals): void;
}

/** Starts a command in a process group of its own. Expected failures (ENOENT, EACCES, E2BIG) come by `exited`. */
export function spawnCommand(command: Command): Child {
  const files: number[] = [];
  const opened = (file: number): number => {
    files.push(file);
    return file;
  };
  const { stdin, stdout, stderr } = command;
  try {
    const stdio = [
      stdin === undefined ? "ignore" : stdin === "pipe" ? stdin : opened(openSync(stdin, "r")),
      typeof stdout === "object" ? opened(openNewFile(stdout)) : stdout,
      stderr,
    ] as const;
    return withoutOwnFiles(stdio, (all) =>
      childOf(spawn(command.file, command.args, { ...optionsOf(command), stdio: all })),
    );
  } catch (error) {
    return failedChild(error as NodeJS.ErrnoException);
  } finally {
    for (const file of files) closeSync(file);
  }
}

/** The child of a command that could not be started. */
export function failedChild(error: NodeJS.ErrnoException): Child {
  return { pid: undefined, exited: Promise.resolve({ error }), pipes: [], kill: () => {} };
}

function optionsOf({ argv0, cwd, env }: Command): SpawnOptions {
  return { argv0, cwd, env, detached: true };
}

function childOf(child: ChildProcess): Child {
  const exited = new Promise<Exit>((resolve) => {
    child.once("error", (error) => resolve({ error }));
    child.once("exit", (exit, signal) =>
      resolve({ ...(exit === null ? {} : { exit }), ...(signal === null ? {} : { signal }) }),
    );
  });
  const pipes = [child.stdout, child.stderr].filter((pipe) => pipe !== null);
  const input = child.stdin === null ? {} : { input: child.stdin };
  return { pid: child.pid, exited, pipes, ...input, kill: (signal) => void child.kill(signal) };
}

/** The result of a tool that inc itself runs (git). */
export interface ToolAnswer {
  readonly exit: number | undefined;
  readonly stdout: string;
}

/** Where a tool runs, and all the variables that it sees. */
export interface ToolPlace {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a tool to its end and returns its output. Undefined when it could not be started. */
export async function runTool(
  file: string,
  args: readonly string[],
  place: ToolPlace,
): Promise<ToolAnswer | undefined> {
  // Imported here: it takes 59 ms, and most runs need no tool.
  const { execa } = await import("execa");
  const options = { ...place, extendEnv: false, reject: false, stripFinalNewline: false, stdin: "ignore" } as const;
  const result = await execa(file, args, options);
  if (result.exitCode === undefined && result.signal === undefined) return undefined;
  return { exit: result.exitCode, stdout: result.stdout };
}

/** The variables of this process, for a child that is to have them all. */
export function ownVariables(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
}
