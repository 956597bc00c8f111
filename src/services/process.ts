import { setTimeout as wait } from "node:timers/promises";
import { splitLines } from "../execute/lines.ts";
import { Masker } from "../execute/masker.ts";
import { safeText } from "../execute/safe-text.ts";
import { hostAccepts, httpAnswers, portAccepts, until } from "../host/net/probe.ts";
import { type Child, type Exit, spawnCommand } from "../host/process/process.ts";
import { endTree, groupExists, leftBy } from "../host/process/tree.ts";
import { startTimer, type Timer } from "../host/timer.ts";
import { defined } from "../model/defined.ts";
import type { ServiceEnd } from "../model/event.ts";
import type { Ready, Service } from "../model/graph.ts";
import { backoff, type Effect, INITIAL, type Input, type ServicePhase, type State, step } from "./machine.ts";

/** How a service is started, and by what it is known to be ready. All paths absolute. */
export interface ServiceSpec extends Service {
  /** The marker of its processes; the environment carries it. */
  readonly id: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | undefined;
  /** As a person would type it. */
  readonly display: string;
  /** Never shown, never stored. */
  readonly secrets: readonly Buffer[];
}

/** How a service ended the last time. */
export interface Ending {
  readonly cause: ServiceEnd;
  readonly exit: number | undefined;
  readonly signal: string | undefined;
  /** Of an `unstartable` service: the system's error; absent: another process listens at its place. */
  readonly error?: NodeJS.ErrnoException;
}

/** Hears what a service does, in order. */
export interface ServiceListener {
  /** A process is about to be started, which has to be ended whatever happens. */
  spawning(): void;
  started(pid: number, spec: ServiceSpec): void;
  /** @param duration Milliseconds since it was started. */
  ready(duration: number, by: Ready): void;
  printed(line: string): void;
  /** No process of the service is left. */
  gone(): void;
  /** @param restartIn Milliseconds; undefined: the service is not started again. */
  ended(ending: Ending, restartIn: number | undefined): void;
}

/** Between SIGTERM and SIGKILL, in milliseconds. */
const GRACE = 5000;
/** How long the last output of a process is awaited once the process is gone, in milliseconds. */
const DRAIN = 500;
/** How many of a service's last lines are remembered. */
const TAIL = 20;

/** One service: the state machine of `machine.ts` with a clock, timers and processes. */
export class ServiceProcess {
  #spec: ServiceSpec;
  readonly #restarts: boolean;
  readonly #listener: ServiceListener;
  #state: State = INITIAL;
  #timer: Timer | undefined;
  #waiting: ((ready: boolean) => void)[] = [];
  #stopping: (() => void)[] = [];
  /** Ends the process that runs now; absent: none runs. */
  #end: (() => void) | undefined;
  #tail: string[] = [];
  #starts = 0;
  #ending: Ending = { cause: "stopped", exit: undefined, signal: undefined };

  constructor(spec: ServiceSpec, restarts: boolean, listener: ServiceListener) {
    this.#spec = spec;
    this.#restarts = restarts;
    this.#listener = listener;
  }

  get phase(): ServicePhase {
    return this.#state.phase;
  }

  get spec(): ServiceSpec {
    return this.#spec;
  }

  /** How the service ended the last time. */
  get ending(): Ending {
    return this.#ending;
  }

  /** The last lines that the service printed. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  /**
   * While the service is ready, the number of its starts: another number is another process. Undefined while it is not
   * ready.
   */
  get life(): number | undefined {
    return this.#state.phase === "ready" ? this.#starts : undefined;
  }

  /** Resolves with true once the service is ready, with false when this start failed. */
  start(): Promise<boolean> {
    if (this.#state.phase === "ready") return Promise.resolve(true);
    const settled = new Promise<boolean>((resolve) => this.#waiting.push(resolve));
    this.#feed({ kind: "start", time: performance.now() });
    return settled;
  }

  /** Stops the service; the next start uses another command. */
  replace(spec: ServiceSpec): void {
    this.#spec = spec;
    void this.stop();
  }

  /** Resolves once no process of the service is left, unless it is started again meanwhile. */
  stop(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#stopping.push(resolve));
    this.#feed({ kind: "stop", time: performance.now() });
    this.#settleStops();
    return stopped;
  }

  #feed(input: Input): void {
    const { state, effects } = step(this.#state, input, { restarts: this.#restarts, timeout: this.#spec.timeout });
    const wasStarting = this.#state.phase === "starting";
    const { since } = this.#state;
    this.#state = state;
    if (wasStarting && state.phase === "ready") this.#listener.ready(Math.round(state.since - since), this.#spec.ready);
    if (input.kind === "exited")
      this.#listener.ended(this.#ending, state.phase === "waiting" ? backoff(state.crashes) : undefined);
    for (const effect of effects) this.#act(effect);
    this.#settleStops();
  }

  #act(effect: Effect): void {
    switch (effect.kind) {
      case "spawn":
        void this.#live(this.#spec);
        return;
      case "end":
        this.#end?.();
        return;
      case "timer":
        this.#timer?.clear();
        this.#timer = startTimer(
          () => this.#feed({ kind: "timer", time: performance.now() }),
          Math.ceil(effect.at - performance.now()),
        );
        return;
      case "settled":
        for (const resolve of this.#waiting.splice(0)) resolve(effect.ready);
    }
  }

  #settleStops(): void {
    if (this.#state.phase !== "idle") return;
    this.#timer?.clear();
    for (const resolve of this.#stopping.splice(0)) resolve();
  }

  /** One life of the service, from before its process starts until none is left. */
  async #live(spec: ServiceSpec): Promise<void> {
    const over = new AbortController();
    this.#end = () => over.abort();
    this.#tail = [];
    this.#starts += 1;
    const exit = (await isTaken(spec.ready)) ? undefined : over.signal.aborted ? {} : await this.#run(spec, over);
    this.#end = undefined;
    this.#ending = this.#endingOf(exit);
    over.abort();
    this.#feed({ kind: "exited", time: performance.now() });
  }

  async #run(spec: ServiceSpec, over: AbortController): Promise<Exit> {
    this.#listener.spawning();
    const child = spawnCommand({ ...spec, stdout: "pipe", stderr: "pipe" });
    const { pid } = child;
    if (pid === undefined) {
      this.#listener.gone();
      return child.exited;
    }
    let ended: Promise<void> | undefined;
    const end = (): void => {
      over.abort();
      ended ??= endTree(pid, spec.id, GRACE);
    };
    this.#end = end;
    this.#listener.started(pid, spec);
    const read = this.#read(child, spec);
    void this.#awaitReady(spec.ready, over.signal);
    const exit = await child.exited;
    if (groupExists(pid) || leftBy(pid, spec.id).strays.length > 0) end();
    await ended;
    const drained = new AbortController();
    await Promise.race([read, wait(DRAIN, undefined, { signal: drained.signal }).catch(() => {})]);
    drained.abort();
    for (const pipe of child.pipes) pipe.destroy();
    this.#listener.gone();
    return exit;
  }

  async #read(child: Child, spec: ServiceSpec): Promise<void> {
    // Readiness is looked for in unmasked lines: masking may change the line that announces it.
    const printed = child.pipes.map((pipe) =>
      splitLines(pipe, (line) => this.#printed(line), new Masker(spec.secrets)),
    );
    const read = child.pipes.map((pipe) => splitLines(pipe, (line) => this.#looksReady(line, spec.ready)));
    await Promise.all([...printed, ...read]);
  }

  #printed(line: string): void {
    this.#tail.push(line);
    if (this.#tail.length > TAIL) this.#tail.shift();
    this.#listener.printed(line);
  }

  #looksReady(line: string, ready: Ready): void {
    if (fits(ready, line)) this.#feed({ kind: "ready", time: performance.now() });
  }

  async #awaitReady(ready: Ready, signal: AbortSignal): Promise<void> {
    const ask =
      ready.kind === "port"
        ? () => portAccepts(ready.port)
        : ready.kind === "http"
          ? () => httpAnswers(ready.url)
          : undefined;
    if (ready.kind !== "started" && (ask === undefined || !(await until(ask, signal)))) return;
    this.#feed({ kind: "ready", time: performance.now() });
  }

  /** @param exit Undefined: another process listens at the service's place. */
  #endingOf(exit: Exit | undefined): Ending {
    const { phase, next } = this.#state;
    const error = exit?.error;
    const cause =
      phase === "ending"
        ? next === "crashed"
          ? "timeout"
          : "stopped"
        : exit === undefined || error !== undefined
          ? "unstartable"
          : "crashed";
    return { cause, exit: exit?.exit, signal: exit?.signal, ...defined({ error }) };
  }
}

/** The answer of another process would be taken for that of the service. */
async function isTaken(ready: Ready): Promise<boolean> {
  if (ready.kind === "port") return portAccepts(ready.port);
  return ready.kind === "http" && hostAccepts(ready.url);
}

function fits(ready: Ready, line: string): boolean {
  if (ready.kind !== "text" && ready.kind !== "pattern") return false;
  const text = safeText(Buffer.from(line), { colours: false });
  return ready.kind === "text" ? text.includes(ready.text) : new RegExp(ready.source, ready.flags).test(text);
}
