import { createReadStream, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { readJson } from "../../../content/read-json.ts";
import type { InputFile } from "../../../manifest/function.ts";
import { dictionary } from "../../../model/own.ts";
import type { Job, JobInput } from "../protocol.ts";

/** What the function of a job is called with. */
export interface JobContext {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: (...words: readonly unknown[]) => void;
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

/** Between two reports of progress, in milliseconds: a person sees no more of them. */
const INTERVAL = 80;

export function contextOf(job: Job, signal: AbortSignal, report: JobContext["progress"]): JobContext {
  let reported = Number.NEGATIVE_INFINITY;
  return {
    inputs: dictionary(job.inputs.map(([label, input]) => [label, given(input)] as const)),
    outputs: dictionary(job.outputs),
    log: (...words) => console.log(...words),
    signal,
    progress(done, total) {
      const now = performance.now();
      if (now - reported < INTERVAL && done < total) return;
      reported = now;
      report(done, total);
    },
  };
}

/** An input as a function gets it. */
export function given(input: JobInput): unknown {
  switch (input.kind) {
    case "file":
      return new ReadableFile(input.path);
    case "json":
      return readJson(readFileSync(input.path, "utf8"));
    case "map":
      return new Map(input.entries.map(([key, value]) => [key, given(value)] as const));
    case "record":
      return dictionary(input.entries.map(([name, value]) => [name, given(value)] as const));
    case "value":
      return input.value;
    case "nothing":
      return undefined;
    default:
      return input satisfies never;
  }
}

class ReadableFile implements InputFile {
  readonly path: string;
  /** The function may change the working directory before it reads. */
  readonly #absolute: string;

  constructor(path: string) {
    this.path = path;
    this.#absolute = resolve(path);
  }

  text(): Promise<string> {
    return readFile(this.#absolute, "utf8");
  }

  async json(): Promise<unknown> {
    const text = await this.text();
    try {
      return readJson(text);
    } catch (error) {
      throw new SyntaxError(`"${this.path}" is not JSON: ${(error as Error).message}`, { cause: error });
    }
  }

  bytes(): Promise<Uint8Array> {
    return readFile(this.#absolute);
  }

  stream(): Readable {
    return createReadStream(this.#absolute);
  }
}
