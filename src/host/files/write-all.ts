import { writeSync } from "node:fs";

/** Writes all bytes to an open file: one write may take only some of them, as on a disk that is nearly full. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
