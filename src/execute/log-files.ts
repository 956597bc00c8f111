import { closeSync, copyFileSync, fstatSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A log longer than this is given to reports with its middle left out, in bytes. */
const WHOLE = 8 * 1024 * 1024;
const HEAD = 256 * 1024;
const TAIL = 1024 * 1024;

/** Gives one attempt the output of another. */
export function copyLog(from: string, to: string): void {
  copyFileSync(from, to);
}

/** The output of an attempt, the middle of a long one left out; undefined when it printed nothing. */
export function readLog(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(file);
    if (size === 0) return undefined;
    if (size <= WHOLE) return readFileSync(file);
    const head = Buffer.alloc(HEAD);
    const tail = Buffer.alloc(TAIL);
    readSync(file, head, 0, HEAD, 0);
    readSync(file, tail, 0, TAIL, size - TAIL);
    return Buffer.concat([head, Buffer.from(`\n… ${size - HEAD - TAIL} bytes left out …\n`), tail]);
  } finally {
    closeSync(file);
  }
}

/**
 * Log files that attempts use in turn, as many as run at once: to create and delete a file for every attempt costs more
 * than a short command does.
 */
export class LogFiles {
  readonly #directory: string;
  readonly #free: string[] = [];
  #made = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Absolute path of a file that no other attempt uses. */
  take(): string {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#made += 1;
    return join(this.#directory, `${process.pid}-${this.#made}.log`);
  }

  give(path: string): void {
    this.#free.push(path);
  }

  /** Removes the free files: all, once no attempt runs. */
  close(): void {
    for (const path of this.#free.splice(0)) rmSync(path, { force: true });
  }
}
