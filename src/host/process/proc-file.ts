import { closeSync, existsSync, openSync, readSync } from "node:fs";

/** As much as most files of /proc hold, in bytes. A buffer for each read would be memory outside of V8's heap, which makes V8 collect all of it. */
const CHUNK = 64 * 1024;

let buffer: Buffer | undefined;

/** Reads a file of /proc, its bytes as characters. Undefined for a process that has ended or belongs to another user. */
export function readProc(path: string): string | undefined {
  // Asked first: an exception takes ten times as long as the answer.
  if (!existsSync(path)) return undefined;
  buffer ??= Buffer.allocUnsafeSlow(CHUNK);
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    let text = "";
    for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer))
      text += buffer.toString("latin1", 0, length);
    return text;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
