import type { ChildProcess } from "node:child_process";
import { patiently, threadsOf } from "./patience.ts";

/** How many characters of each of its outputs are told of a process that has ended. */
const MOST_TOLD = 2000;

/** How a process of inc ended. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of inc that a test has started. */
export class Running {
  readonly child: ChildProcess;
  readonly #args: readonly string[];
  readonly #ended: Promise<Outcome>;
  #stdout = "";
  #stderr = "";
  readonly #watchers = new Set<() => void>();

  constructor(child: ChildProcess, args: readonly string[]) {
    this.child = child;
    this.#args = args;
    const note = (): void => {
      for (const watcher of this.#watchers) watcher();
    };
    child.stdout?.on("data", (chunk: Buffer) => {
      this.#stdout += chunk.toString();
      note();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString();
      note();
    });
    this.#ended = new Promise((resolve) => {
      child.once("close", (code, signal) => resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  get ended(): Promise<Outcome> {
    return this.patiently(this.#ended, "the end");
  }

  /** Settles as the promise does, or rejects with what was awaited, the output so far and the process's threads. */
  patiently<T>(promise: Promise<T>, what: string): Promise<T> {
    return patiently(promise, () => {
      const { pid, exitCode, signalCode } = this.child;
      const exited = exitCode ?? signalCode;
      const threads = exited === null ? threadsOf(pid) : `  it exited: ${exited}, with its output still open`;
      return `${what} of inc ${this.#args.join(" ")}\n${threads}\n${this.#stdout}${this.#stderr}`;
    });
  }

  /** How it ended, with the end of what it printed. */
  get story(): string {
    const { exitCode, signalCode } = this.child;
    const end = (text: string): string => (text.length > MOST_TOLD ? `…${text.slice(-MOST_TOLD)}` : text);
    return `inc ${this.#args.join(" ")} ended: ${exitCode ?? signalCode}\n${end(this.#stdout)}${end(this.#stderr)}`;
  }

  /** Resolves once the output so far holds the text. */
  printed(text: string): Promise<void> {
    const printed = new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!`${this.#stdout}${this.#stderr}`.includes(text)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      void this.#ended.then(() => reject(new Error(`ended without "${text}":\n${this.#stdout}${this.#stderr}`)));
      look();
    });
    return this.patiently(printed, `"${text}" in the output`);
  }

  /** Resolves with the first line of the output that contains the text, once the line is complete. */
  async line(text: string): Promise<string> {
    await this.printed(text);
    const lineOf = (): string | undefined =>
      this.#stdout
        .split("\n")
        .slice(0, -1)
        .find((line) => line.includes(text));
    const whole = new Promise<string>((resolve) => {
      const look = (): void => {
        const line = lineOf();
        if (line === undefined) return;
        this.#watchers.delete(look);
        resolve(line);
      };
      this.#watchers.add(look);
      look();
    });
    return this.patiently(whole, `the rest of the line with "${text}" in the output`);
  }
}
