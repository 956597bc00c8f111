import { closeSync, fchmodSync, openSync, renameSync, rmSync, utimesSync, writeSync } from "node:fs";

/** Writes all bytes to an open file: one write may take only some of them. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Writes a new file; the mode is what it says, whatever the umask. */
export function writeWhole(path: string, bytes: Uint8Array, mode: number): void {
  rmSync(path, { force: true });
  const file = openSync(path, "wx", mode);
  try {
    writeAll(file, bytes);
    fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}

/**
 * Puts a whole file in its place.
 * @param time When it counts as written, in microseconds since the epoch. Given before the file can be seen, so that
 * whatever is written to it later shows in its times.
 */
export function giveName(temporary: string, destination: string, time?: number): void {
  if (time !== undefined) utimesSync(temporary, time / 1e6, time / 1e6);
  renameSync(temporary, destination);
}
