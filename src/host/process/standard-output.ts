import { writeSync } from "node:fs";

let isOpen = false;

/**
 * Opens Node's standard streams, which takes 4 ms: a command that prints its whole answer at once uses `writeNow`
 * instead. A reader that goes away (| head) or a full disk stops the output, not the command.
 */
export function openOutput(): void {
  if (isOpen) return;
  isOpen = true;
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

/** False: nothing was written to the standard streams, and nothing waits in them. */
export function isOutputOpen(): boolean {
  return isOpen;
}

/** Writes to stdout, past Node's streams unless they are open. */
export function writeNow(text: string): void {
  let bytes = Buffer.from(text);
  try {
    while (!isOpen && bytes.length > 0) bytes = bytes.subarray(writeSync(1, bytes));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
    // Another process made the pipe non-blocking, and it is full.
    openOutput();
  }
  if (bytes.length > 0) process.stdout.write(bytes);
}
