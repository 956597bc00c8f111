import { closeSync, constants, fstatSync, realpathSync } from "node:fs";
import { posix } from "node:path";
import { Contained } from "../../host/files/contained.ts";
import type { Child, Command } from "../../host/process/process.ts";
import type { Task } from "../../model/graph.ts";
import { type PlainCommand, plainCommand } from "../plain-command.ts";
import { Programs } from "./programs.ts";
import type { StartCommand } from "./supervise.ts";

const WRITTEN = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NONBLOCK;

/**
 * Starts the programs of commands for which bash would do nothing else. bash takes longer to start than many a program, and for
 * a command with `>` it forks once more.
 */
export class DirectStart {
  readonly #root: string;
  readonly #start: StartCommand;
  readonly #programs = new Programs();

  /** @param root The workspace, or what stands for it; absolute. */
  constructor(root: string, start: StartCommand) {
    this.#root = root;
    this.#start = start;
  }

  /** Undefined where only bash does what bash does, error messages included: nothing has run then. */
  async start(task: Task, command: Command): Promise<Child | undefined> {
    const text = command.args.at(-1);
    const plain = text === undefined ? undefined : plainCommand(text, command.env);
    const file = plain && this.#programs.find(plain.program, command.cwd, command.env["PATH"] ?? "");
    if (plain === undefined || file === undefined) return undefined;
    const stdout = plain.stdout === undefined ? command.stdout : this.#open(task, plain.stdout);
    if (stdout === undefined) return undefined;
    try {
      const { program, args } = plain;
      const env = { ...command.env, ...variablesOf(plain, command.cwd, file) };
      const child = await this.#start({ ...command, file, argv0: program, args, env, stdout });
      return child.pid === undefined ? undefined : child;
    } finally {
      if (plain.stdout !== undefined) closeSync(stdout as number);
    }
  }

  /** Opens the file behind `>`: an output of the task, and an ordinary file. */
  #open({ cwd, outputs }: Task, name: string): number | undefined {
    const path = posix.join(cwd, name);
    if (!outputs.some((output) => output.path === path)) return undefined;
    try {
      const file = new Contained(this.#root).open(path, WRITTEN);
      if (fstatSync(file).isFile()) return file;
      closeSync(file);
    } catch {
      // bash reports it.
    }
    return undefined;
  }
}

/** What bash sets in the environment of a program. Where it redirects, the program is a child of bash and not its successor. */
function variablesOf({ stdout }: PlainCommand, cwd: string, file: string): Readonly<Record<string, string>> {
  return { PWD: realpathSync.native(cwd), SHLVL: stdout === undefined ? "0" : "1", _: file };
}
