import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import type { Digest } from "../model/digest.ts";
import { type Pass, passOver } from "./files/pass.ts";
import type { PassAnswer, PassRequest } from "./pass-thread.ts";

/** Passes at the same time. Each thread takes 20 MB; a disk serves no more any faster. */
const MOST_THREADS = Math.min(4, availableParallelism());

/** A thread takes 20 ms to start. It waits this long for another pass, in milliseconds. */
const IDLE = 500;

/** Relative to this file, and to the directory of chunks that the bundle has. */
const PROGRAM = new URL(`../host/pass-thread${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

interface Job {
  readonly request: PassRequest;
  /** @param answer Undefined: there can be no thread. */
  readonly ended: (answer: PassAnswer | undefined) => void;
}

const waiting: Job[] = [];
const idle: Passer[] = [];
let threads = 0;

/**
 * Passes over a file in a thread of its own, or waits until one is free. Undefined: the signal was aborted; a part of the
 * copy may be there.
 */
export async function passBeside(pass: Pass, signal: AbortSignal): Promise<Digest | undefined> {
  if (signal.aborted) return undefined;
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const giveUp = (): void => void Atomics.store(stop, 0, 1);
  signal.addEventListener("abort", giveUp);
  try {
    const answer = await new Promise<PassAnswer | undefined>((ended) => {
      waiting.push({ request: { pass, stop }, ended });
      startWaiting();
    });
    if (answer === undefined) return passOver(pass);
    const { digest, error } = answer;
    if (error !== undefined) throw Object.assign(new Error(error.message), error);
    return digest;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function startWaiting(): void {
  while (waiting.length > 0 && (idle.length > 0 || threads < MOST_THREADS)) {
    const passer = idle.pop() ?? new Passer();
    passer.start(waiting.shift() as Job);
  }
}

/** A thread with at most one job. It keeps the process alive only while it has one. */
class Passer {
  readonly #worker: Worker;
  #job: Job | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    threads += 1;
    // Loaded here: most runs have no large file.
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    this.#worker = new Worker(PROGRAM, { execArgv: [] });
    this.#worker.on("message", (answer: PassAnswer) => this.#end(answer));
    // It cannot start: the user may have no more threads.
    this.#worker.on("error", () => {
      threads -= 1;
      this.#job?.ended(undefined);
      startWaiting();
    });
  }

  start(job: Job): void {
    clearTimeout(this.#timer);
    this.#job = job;
    this.#worker.ref();
    this.#worker.postMessage(job.request);
  }

  #end(answer: PassAnswer): void {
    const { ended } = this.#job as Job;
    this.#job = undefined;
    this.#worker.unref();
    idle.push(this);
    this.#timer = setTimeout(() => this.#close(), IDLE).unref();
    ended(answer);
    startWaiting();
  }

  #close(): void {
    threads -= 1;
    idle.splice(idle.indexOf(this), 1);
    void this.#worker.terminate();
  }
}
