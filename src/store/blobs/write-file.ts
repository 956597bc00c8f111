import { closeSync, fchmodSync, openSync, rmSync, writeSync } from "node:fs";

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
