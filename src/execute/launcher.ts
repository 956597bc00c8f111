import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { ForkServer } from "../host/process/fork-server.ts";
import { type Child, type Command, type Exit, type NewFile, spawnCommand } from "../host/process/process.ts";

/** What the forker is asked. Its descriptors are paths: of files that this process has open. */
export interface ForkRequest {
  readonly id: number;
  readonly command: ForkedCommand;
}

export interface ForkedCommand extends Omit<Command, "stdout" | "stderr"> {
  /** Absolute path of what takes each stream; the same file once for both. */
  readonly output: readonly [string | NewFile] | readonly [string | NewFile, string];
}

/** `pid`: the command runs. `exit`, `signal`: it has ended. `error`: it could not be started. */
export interface ForkAnswer extends Omit<Exit, "error"> {
  readonly id: number;
  readonly pid?: number;
  readonly error?: Pick<NodeJS.ErrnoException, "message" | "code" | "path" | "syscall">;
}

/** What the start of a forker costs, in commands that inc forks itself. */
const FORKED = 16;

/** Relative to this file, and to the directory of chunks that the bundle has. */
const FORKER = fileURLToPath(new URL(`../execute/forker${extname(fileURLToPath(import.meta.url))}`, import.meta.url));

/**
 * Starts commands. A fork copies the page tables of its process: of one of 140 MB that takes 2 ms, in the thread that decides what
 * runs next. Once a run has started some commands, a small process forks the others. It starts them by the same function, so that
 * a command sees the same either way; only its parent is another.
 */
export class Launcher {
  #forked = 0;
  #forker: Forker | undefined;

  /** Starts a command in a process group of its own. Resolves as soon as its process exists, or cannot. */
  async start(command: Command): Promise<Child> {
    const { stdout, stderr } = command;
    // Only Linux gives an open file, with a name or without one, to another process by a path.
    const isForkable = process.platform === "linux" && stdout !== "pipe" && stderr !== "pipe";
    if (this.#forker?.hasEnded === true) this.close();
    if (isForkable && this.#forked >= FORKED) this.#forker ??= new Forker();
    const forker = isForkable && this.#forker?.isReady === true ? this.#forker : undefined;
    const forked = await forker?.start(command);
    // What the forker could not start, inc starts: a Node that has capabilities lets no other process open its files.
    if (forked !== undefined && (forked.pid !== undefined || forker?.hasEnded === true)) return forked;
    this.#forked += 1;
    return spawnCommand(command);
  }

  /** Ends the forker; commands that run go on. The next command is forked by inc again. */
  close(): void {
    this.#forker?.close();
    this.#forker = undefined;
    this.#forked = 0;
  }
}

class Forker {
  /** False before it has come up: inc forks by itself until then. */
  isReady = false;
  readonly #server: ForkServer<ForkAnswer>;

  constructor() {
    const command = { file: process.execPath, args: ["--single-threaded", FORKER], cwd: "/", env: {} };
    this.#server = new ForkServer(command, {
      onSelf: () => {
        this.isReady = true;
      },
      exitOf: ({ id: _id, pid: _pid, error, ...exit }) =>
        error === undefined ? exit : { error: Object.assign(new Error(error.message), error) },
      lost: "the process that started it was ended from outside",
    });
  }

  get hasEnded(): boolean {
    return this.#server.hasEnded;
  }

  async start(command: Command): Promise<Child> {
    return (await this.#server.start((id): ForkRequest => ({ id, command: forked(command) }))).child;
  }

  close(): void {
    this.#server.close();
  }
}

function forked({ stdout, stderr, ...command }: Command): ForkedCommand {
  const own = `/proc/${process.pid}`;
  const log = `${own}/fd/${stderr}`;
  if (stdout === stderr) return { ...command, output: [log] };
  if (typeof stdout !== "object") return { ...command, output: [`${own}/fd/${stdout}`, log] };
  // A directory that only this process has open.
  const create = stdout.create.replace(/^\/proc\/self(?=\/)/, own);
  return { ...command, output: [{ create }, log] };
}
