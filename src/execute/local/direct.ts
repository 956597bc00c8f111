import { realpathSync } from "node:fs";
import { posix } from "node:path";
import { Contained } from "../../host/files/contained.ts";
import { type Directory, hasDescriptors } from "../../host/files/descend.ts";
import type { Child, Command } from "../../host/process/process.ts";
import type { Task } from "../../model/graph.ts";
import { type PlainCommand, plainCommand } from "../plain-command.ts";
import { Programs } from "./programs.ts";
import type { StartCommand } from "./supervise.ts";

/**
 * Starts the programs of commands for which bash would do nothing else. bash takes longer to start than many a program, and for
 * a command with `>` it forks once more.
 */
export class DirectStart {
  readonly #root: string;
  readonly #start: StartCommand;
  readonly #programs = new Programs();
  /** The root without symlinks on the way. */
  #real: string | undefined;

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
    const { program, args, stdout } = plain;
    const env = { ...command.env, ...this.#variables(plain, command.cwd, file) };
    const direct = { ...command, file, argv0: program, args, env };
    const child = stdout === undefined ? await this.#start(direct) : await this.#startInto(task, stdout, direct);
    return child?.pid === undefined ? undefined : child;
  }

  /** Starts a program whose output goes to an output of the task, an ordinary file. */
  async #startInto({ cwd, outputs }: Task, name: string, command: Command): Promise<Child | undefined> {
    const path = posix.join(cwd, name);
    if (!outputs.some((output) => output.path === path)) return undefined;
    const directory = this.#hold(posix.dirname(path));
    try {
      return (
        directory &&
        (await this.#start({ ...command, stdout: { create: `${directory.path}/${posix.basename(path)}` } }))
      );
    } finally {
      directory?.close();
    }
  }

  #hold(path: string): Directory | undefined {
    // Elsewhere it is not certain before the program runs that the directory is the same.
    if (!hasDescriptors()) return undefined;
    try {
      return new Contained(this.#root).hold(path === "." ? "" : path);
    } catch {
      // bash says why it cannot write there.
      return undefined;
    }
  }

  /** What bash sets in the environment of a program. Where it redirects, the program is a child of bash and not its successor. */
  #variables({ stdout }: PlainCommand, cwd: string, file: string): Readonly<Record<string, string>> {
    this.#real ??= realpathSync.native(this.#root);
    const directory = cwd === this.#root ? this.#real : realpathSync.native(cwd);
    return { PWD: directory, SHLVL: stdout === undefined ? "0" : "1", _: file };
  }
}
