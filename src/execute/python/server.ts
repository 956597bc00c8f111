import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Child, Exit } from "../../host/process/process.ts";
import { MARKER } from "../../host/process/tree.ts";
import { defined } from "../../model/defined.ts";
import { programArguments } from "./job.ts";
import type { PythonJob, ServerAnswer, ServerHello, ServerRequest } from "./protocol.ts";

/** What decides which tasks one server can fork. */
export interface ServerPlace extends ServerHello {
  readonly interpreter: string;
  /** Absolute. */
  readonly cwd: string;
  /** The variables of its tasks, but for the marker of each. */
  readonly env: Readonly<Record<string, string>>;
}

/** Longer than the marker of any task: its place in memory takes theirs. */
const PLACEHOLDER = "-".repeat(512);

interface Forking {
  readonly started: (answer: ServerAnswer | undefined) => void;
  readonly ended: (exit: Exit) => void;
}

/** A process that has imported what tasks import first, and forks a child for each of them. Linux only. */
export class PythonServer {
  /** Undefined: it forks tasks. */
  readonly refusal: Promise<{ readonly isBrief: boolean } | undefined>;
  hasEnded = false;
  readonly #process: ChildProcess;
  readonly #input: Socket;
  readonly #output: Socket;
  readonly #forking = new Map<number, Forking>();
  #refuse: (refusal: { readonly isBrief: boolean } | undefined) => void = () => {};
  #next = 0;
  #isRetired = false;

  constructor({ interpreter, cwd, env, ...hello }: ServerPlace) {
    this.refusal = new Promise((resolve) => {
      this.#refuse = resolve;
    });
    this.#process = spawn(interpreter, programArguments("serve"), {
      cwd,
      env: { ...env, [MARKER]: PLACEHOLDER },
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    // Node makes sockets of the pipes to children.
    this.#input = this.#process.stdin as Socket;
    this.#output = this.#process.stdout as Socket;
    // What cannot be written to a server that has ended is noticed by its end.
    this.#input.on("error", () => {});
    this.#process.on("error", () => this.#ended());
    const { createInterface } = process.getBuiltinModule("node:readline");
    createInterface({ input: this.#output })
      .on("line", (line) => this.#take(JSON.parse(line) as ServerAnswer))
      .on("close", () => this.#ended());
    this.#write(hello);
  }

  get isIdle(): boolean {
    return this.#forking.size === 0;
  }

  /** @param output An open file. Undefined: it cannot be forked. */
  async fork(job: PythonJob, output: number): Promise<Child | "stale" | undefined> {
    this.#next += 1;
    const id = this.#next;
    let ended: (exit: Exit) => void = () => {};
    const exited = new Promise<Exit>((resolve) => {
      ended = resolve;
    });
    const answer = await new Promise<ServerAnswer | undefined>((started) => {
      this.#forking.set(id, { started, ended });
      this.#hold();
      if (this.hasEnded) this.#ended();
      else this.#write({ id, job, output: `/proc/${process.pid}/fd/${output}` });
    });
    const { pid, stale } = answer ?? {};
    if (pid === undefined) return stale === true ? "stale" : undefined;
    return { pid, exited, pipes: [], kill: (signal) => void process.kill(pid, signal) };
  }

  /** It ends, and with it what it has forked. */
  close(): void {
    this.#input.end();
  }

  /** It ends once what it has forked has ended. */
  retire(): void {
    this.#isRetired = true;
    if (this.isIdle) this.close();
  }

  /** Keeps this process alive until it has said whether it forks tasks. */
  hold(): void {
    this.#hold(true);
    void this.refusal.then(() => this.#hold());
  }

  #write(message: ServerHello | ServerRequest): void {
    this.#input.write(`${JSON.stringify(message)}\n`);
  }

  #take(answer: ServerAnswer): void {
    const { id, refused, isBrief = false, pid, exit, signal } = answer;
    if (id === 0) this.#refuse(refused == null ? undefined : { isBrief });
    const forking = this.#forking.get(id);
    if (forking === undefined) return;
    forking.started(answer);
    if (pid === undefined) this.#done(id, forking, defined({ exit, signal }));
  }

  #done(id: number, { started, ended }: Forking, exit: Exit): void {
    this.#forking.delete(id);
    this.#hold();
    if (this.#isRetired) this.retire();
    started(undefined);
    ended(exit);
  }

  #ended(): void {
    this.hasEnded = true;
    this.#refuse({ isBrief: true });
    const error = new Error("the process that forked it was ended from outside");
    for (const [id, forking] of this.#forking) this.#done(id, forking, { error });
  }

  /** A server without tasks does not keep this process alive. */
  #hold(holds = this.#forking.size > 0): void {
    const change = holds ? "ref" : "unref";
    for (const handle of [this.#process, this.#input, this.#output]) handle[change]();
  }
}
