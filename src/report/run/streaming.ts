import { Lines } from "../../execute/lines.ts";
import { safeText } from "../../execute/safe-text.ts";
import type { Reason } from "../../model/decision.ts";
import type { Event } from "../../model/event.ts";
import { printable } from "../../model/printable.ts";
import { describeReason } from "../explain/reason.ts";
import { paint } from "../text/color.ts";

/**
 * Which tasks' output is shown while they run. `all`: every task's, each line with the name of its task. `alone`:
 * that of a task that runs alone for a while; the output of the others is shown when they end.
 */
export type StreamMode = "all" | "alone" | "none";

export interface StreamingOptions {
  readonly mode: StreamMode;
  /** Each command is shown before it runs. */
  readonly verbose: boolean;
  readonly color: boolean;
  print(line: string): void;
}

/** The output of a shorter task is shown when it ends, below the line that says how. In milliseconds. */
const SETTLED = 1000;
/** How much output of a task is buffered before it is shown, in bytes; of more, the beginning is left out. */
const HELD = 1024 * 1024;

type Started = Extract<Event, { readonly kind: "attempt-started" }>;

type Printed = Extract<Event, { readonly kind: "task-output" }>;

interface Running {
  readonly task: string;
  /** The machine that it runs on, where that is not this one. */
  host: string | undefined;
  readonly lines: Lines;
  /** The task has run for a while. */
  settled: boolean;
  /** Output that was not shown yet. */
  pending: Buffer[];
  size: number;
  leftOut: number;
}

/** Shows the output of commands while they run. */
export class Streaming {
  readonly #options: StreamingOptions;
  readonly #reasons = new Map<string, Reason>();
  readonly #running = new Map<string, Running>();
  /** The task whose output is shown as it comes, until it ends. */
  readonly #streamed = new Set<string>();
  /** The task whose heading was printed last. */
  #open: string | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: StreamingOptions) {
    this.#options = options;
  }

  event(event: Event): void {
    if (event.kind === "task-decided") this.#reasons.set(event.task, event.decision.reason);
    if (event.kind === "attempt-started") this.#started(event);
    if (event.kind === "task-output") this.#printed(event);
  }

  /** Another text was printed: the next output needs its heading again. */
  interrupted(): void {
    this.#open = undefined;
  }

  /** Called before the report says how a task ended. True: its output was shown. */
  ended(task: string): boolean {
    const running = this.#running.get(task);
    if (this.#streamed.has(task)) running?.lines.end();
    this.#running.delete(task);
    const isShown = this.#streamed.delete(task);
    this.#streamLone();
    return isShown;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #started({ task, command }: Started): void {
    const { mode, verbose } = this.#options;
    if (verbose) this.#showCommand(task, command);
    if (mode === "none" || this.#running.has(task)) return;
    const lines = new Lines((line) => this.#show(task, line));
    const running: Running = { host: undefined, task, lines, settled: false, pending: [], size: 0, leftOut: 0 };
    this.#running.set(task, running);
    if (mode === "all") this.#streamed.add(task);
    else this.#settleLater(running);
  }

  #printed({ task, host, output }: Printed): void {
    const running = this.#running.get(task);
    if (running === undefined) return;
    running.host = host;
    if (this.#streamed.has(task)) running.lines.push(output);
    else hold(running, output);
    this.#streamLone();
  }

  #settleLater(running: Running): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      running.settled = true;
      this.#streamLone();
    }, SETTLED).unref();
    this.#timers.add(timer);
  }

  /** Begins to show the output of a task that runs alone. */
  #streamLone(): void {
    const [running, other] = this.#running.values();
    if (running === undefined || other !== undefined || this.#streamed.has(running.task)) return;
    if (running.size === 0 || !running.settled) return;
    this.#streamed.add(running.task);
    if (running.leftOut > 0) this.#show(running.task, `… ${running.leftOut} bytes left out …`);
    for (const output of running.pending.splice(0)) running.lines.push(output);
  }

  #show(task: string, line: string): void {
    const { mode, color, print } = this.#options;
    const text = safeText(Buffer.from(line), { colours: color });
    const host = this.#running.get(task)?.host;
    const where = host === undefined ? "" : ` @ ${printable(host)}`;
    if (mode === "all") print(`${paint("cyan", `${printable(task)}${where} |`, color)} ${text}`.trimEnd());
    else this.#underHeading(task, `  ${text}`);
  }

  #underHeading(task: string, line: string): void {
    if (this.#open !== task) this.#heading(task);
    this.#options.print(line);
    this.#open = task;
  }

  #heading(task: string): void {
    const reason = this.#reasons.get(task);
    const why = reason === undefined ? "" : `  ${printable(describeReason(reason))}`;
    this.#options.print(`running  ${printable(task)}${why}`);
  }

  #showCommand(task: string, command: string): void {
    this.#heading(task);
    for (const line of command.split("\n")) this.#options.print(`  $ ${printable(line)}`);
    this.#open = this.#options.mode === "all" ? undefined : task;
  }
}

/** Holds the output of a task that is not shown while it runs, as much of its end as may be shown later. */
function hold(running: Running, output: Buffer): void {
  running.pending.push(output);
  running.size += output.length;
  while (running.size > HELD && running.pending.length > 1) {
    const { length } = running.pending.shift() as Buffer;
    running.size -= length;
    running.leftOut += length;
  }
}
