import { writeSync } from "node:fs";
import type { Writable } from "node:stream";

/** Errors by which a write says that the reader has gone: it has read enough. */
const GONE: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET"]);

/** What could not be written, with the reason. */
export interface LostOutput {
  readonly stream: "stdout" | "stderr";
  readonly error: NodeJS.ErrnoException;
}

let isOpen = false;
let lost: LostOutput | undefined;

/**
 * Opens Node's standard streams, which takes 4 ms: a command that prints its whole answer at once uses `writeNow`
 * instead. A reader that goes away (| head) or a full disk stops the output, not the command: see `lostOutput`.
 */
export function openOutput(): void {
  if (isOpen) return;
  isOpen = true;
  watchErrors();
  for (const [stream, descriptor] of [
    [process.stdout, 1],
    [process.stderr, 2],
  ] as const)
    writeWhole(stream, descriptor);
}

/** Has errors of the streams noted, and nothing else done about them. */
export function watchErrors(): void {
  process.stdout.removeAllListeners("error").on("error", (error) => note("stdout", error));
  process.stderr.removeAllListeners("error").on("error", (error) => note("stderr", error));
}

/** False: nothing was written to the standard streams, and nothing waits in them. */
export function isOutputOpen(): boolean {
  return isOpen;
}

/** What was first lost, for another reason than that its reader has gone; known once the output is flushed. */
export function lostOutput(): LostOutput | undefined {
  return lost;
}

export async function flushOutput(): Promise<void> {
  if (!isOpen) return;
  for (const stream of [process.stdout, process.stderr])
    await new Promise((done) => {
      stream.write("", done);
    });
}

/** Writes to stdout, past Node's streams unless they are open. */
export function writeNow(text: string): void {
  let bytes = Buffer.from(text);
  try {
    while (!isOpen && bytes.length > 0) bytes = bytes.subarray(writeSync(1, bytes));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
      note("stdout", error as NodeJS.ErrnoException);
      return;
    }
    // Another process made the pipe non-blocking, and it is full.
    openOutput();
  }
  if (bytes.length > 0) process.stdout.write(bytes);
}

function note(stream: LostOutput["stream"], error: NodeJS.ErrnoException): void {
  // A terminal that was closed.
  const isHungUp = error.code === "EIO" && process[stream].isTTY === true;
  if (!GONE.has(error.code ?? "") && !isHungUp) lost ??= { stream, error };
}

/**
 * Node's stream of a file writes once and does not look how much was taken: a disk that has room for the first half only
 * would swallow the second without an error.
 */
function writeWhole(stream: Writable, descriptor: number): void {
  // Pipes and terminals have a handle, which does write everything.
  if ((stream as { _handle?: unknown })._handle !== undefined) return;
  stream._write = (chunk: Uint8Array, _encoding, done) => {
    try {
      for (let rest = chunk; rest.length > 0; ) rest = rest.subarray(writeSync(descriptor, rest));
      done();
    } catch (error) {
      done(error as Error);
    }
  };
}
