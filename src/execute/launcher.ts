import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
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

interface Job {
  /** @param pid Undefined: it does not run. */
  readonly started: (pid: number | undefined) => void;
  readonly ended: (exit: Exit) => void;
}

class Forker {
  /** False before it has come up: inc forks by itself until then. */
  isReady = false;
  hasEnded = false;
  readonly #process: ChildProcess;
  readonly #input: Socket;
  readonly #output: Socket;
  readonly #jobs = new Map<number, Job>();
  #next = 0;

  constructor() {
    this.#process = spawn(process.execPath, [FORKER], {
      cwd: "/",
      env: {},
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    // Node makes sockets of the pipes to children.
    this.#input = this.#process.stdin as Socket;
    this.#output = this.#process.stdout as Socket;
    // What cannot be written to a forker that has ended is noticed by its end.
    this.#input.on("error", () => {});
    this.#process.on("error", () => this.#ended());
    // Loaded here: a run of few commands needs no forker.
    const { createInterface } = process.getBuiltinModule("node:readline");
    createInterface({ input: this.#output })
      .on("line", (line) => this.#take(line))
      .on("close", () => this.#ended());
    this.#hold();
  }

  async start(command: Command): Promise<Child> {
    this.#next += 1;
    const id = this.#next;
    let ended: (exit: Exit) => void = () => {};
    const exited = new Promise<Exit>((resolve) => {
      ended = resolve;
    });
    const pid = await new Promise<number | undefined>((started) => {
      this.#jobs.set(id, { started, ended });
      this.#hold();
      this.#send({ id, command: forked(command) });
    });
    const kill = (signal: NodeJS.Signals): void => void (pid !== undefined && process.kill(pid, signal));
    return { pid, exited, pipes: [], kill };
  }

  close(): void {
    this.#input.end();
  }

  #send(request: ForkRequest): void {
    this.#input.write(`${JSON.stringify(request)}\n`);
  }

  #take(line: string): void {
    const { id, pid, error, ...exit } = JSON.parse(line) as ForkAnswer;
    const job = this.#jobs.get(id);
    // The first answer says only that the forker has come up.
    if (id === 0) this.isReady = true;
    if (job === undefined) return;
    if (pid !== undefined) job.started(pid);
    else this.#done(id, job, error === undefined ? exit : { error: Object.assign(new Error(error.message), error) });
  }

  #done(id: number, job: Job, exit: Exit): void {
    this.#jobs.delete(id);
    this.#hold();
    job.started(undefined);
    job.ended(exit);
  }

  #ended(): void {
    this.hasEnded = true;
    const error = new Error("the process that started it was ended from outside");
    for (const [id, job] of this.#jobs) this.#done(id, job, { error });
  }

  /** A forker without commands does not keep this process alive. */
  #hold(): void {
    const change = this.#jobs.size > 0 ? "ref" : "unref";
    for (const handle of [this.#process, this.#input, this.#output]) handle[change]();
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
