import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";

/** A log longer than this is given to reports with its middle left out, in bytes. */
const WHOLE = 8 * 1024 * 1024;
const HEAD = 256 * 1024;
const TAIL = 1024 * 1024;

/** What an attempt printed, bounded; undefined when it printed nothing. */
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
