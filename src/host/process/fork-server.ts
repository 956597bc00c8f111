import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { withoutOwnFiles } from "./inherited.ts";
import type { Child, Command, Exit } from "./process.ts";

/** What such a process says, a line of JSON each: with the id 0 of itself, else that a child runs (`pid`), or how it ended. */
export interface ForkServerAnswer {
  readonly id: number;
  readonly pid?: number | undefined;
}

/** What the owner of such a process makes of it. */
export interface ForkServerUse<Answer> {
  /** It says something of itself. */
  onSelf(answer: Answer): void;
  /** How a child ended, or why it could not be started. */
  exitOf(answer: Answer): Exit;
  /** Called before its children are said to have ended with it. */
  onEnded?(): void;
  /** What is said of them then. */
  readonly lost: string;
}

interface Forking<Answer> {
  readonly started: (answer: Answer | undefined) => void;
  readonly ended: (exit: Exit) => void;
}

/**
 * A process of inc's own that starts children for this one and says how they end; requests are lines of JSON as well. It does not keep this
 * process alive while it has no children, and is to end when its standard input ends.
 */
export class ForkServer<Answer extends ForkServerAnswer> {
  hasEnded = false;
  readonly #process: ChildProcess;
  readonly #input: Socket;
  readonly #output: Socket;
  readonly #use: ForkServerUse<Answer>;
  readonly #forking = new Map<number, Forking<Answer>>();
  #next = 0;
  #isRetired = false;

  constructor({ file, args, cwd, env }: Pick<Command, "file" | "args" | "cwd" | "env">, use: ForkServerUse<Answer>) {
    this.#use = use;
    this.#process = withoutOwnFiles(["pipe", "pipe", "ignore"], (stdio) =>
      spawn(file, args, { cwd, env, detached: true, stdio }),
    );
    // Node makes sockets of the pipes to children.
    this.#input = this.#process.stdin as Socket;
    this.#output = this.#process.stdout as Socket;
    // What cannot be written to a process that has ended is noticed by its end.
    this.#input.on("error", () => {});
    this.#process.on("error", () => this.#ended());
    // Loaded here: a run of few commands needs no such process.
    const { createInterface } = process.getBuiltinModule("node:readline");
    createInterface({ input: this.#output })
      .on("line", (line) => this.#take(JSON.parse(line) as Answer))
      .on("close", () => this.#ended());
    this.hold();
  }

  get isIdle(): boolean {
    return this.#forking.size === 0;
  }

  /** @param request Gives what is asked, with the id that answers bear. `answer`: the first one; undefined: the process has ended. */
  async start(
    request: (id: number) => object,
  ): Promise<{ readonly child: Child; readonly answer: Answer | undefined }> {
    this.#next += 1;
    const id = this.#next;
    const { promise: exited, resolve: ended } = Promise.withResolvers<Exit>();
    const answer = await new Promise<Answer | undefined>((started) => {
      this.#forking.set(id, { started, ended });
      this.hold();
      if (this.hasEnded) this.#ended();
      else this.write(request(id));
    });
    const { pid } = answer ?? {};
    const kill = (signal: NodeJS.Signals): void => void (pid !== undefined && process.kill(pid, signal));
    return { child: { pid, exited, pipes: [], kill }, answer };
  }

  write(message: object): void {
    this.#input.write(`${JSON.stringify(message)}\n`);
  }

  close(): void {
    this.#input.end();
  }

  /** Closes it once its children have ended. */
  retire(): void {
    this.#isRetired = true;
    if (this.isIdle) this.close();
  }

  /** @param holds Whether it keeps this process alive. */
  hold(holds = !this.isIdle): void {
    const change = holds ? "ref" : "unref";
    for (const handle of [this.#process, this.#input, this.#output]) handle[change]();
  }

  #take(answer: Answer): void {
    if (answer.id === 0) this.#use.onSelf(answer);
    const forking = this.#forking.get(answer.id);
    if (forking === undefined) return;
    forking.started(answer);
    if (answer.pid === undefined) this.#done(answer.id, forking, this.#use.exitOf(answer));
  }

  #done(id: number, { started, ended }: Forking<Answer>, exit: Exit): void {
    this.#forking.delete(id);
    this.hold();
    if (this.#isRetired) this.retire();
    started(undefined);
    ended(exit);
  }

  #ended(): void {
    this.hasEnded = true;
    this.#use.onEnded?.();
    const error = new Error(this.#use.lost);
    for (const [id, forking] of this.#forking) this.#done(id, forking, { error });
  }
}
