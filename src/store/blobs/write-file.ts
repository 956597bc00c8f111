import { closeSync, fchmodSync, openSync, renameSync, rmSync, utimesSync, writeSync } from "node:fs";
import type { Hasher } from "../../host/files/host.ts";
import type { Digest } from "../../model/digest.ts";

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

/** Writes a new file as its bytes come, and gives their digest. What rejects leaves a part of it. */
export async function writeStream(path: string, pieces: AsyncIterable<Uint8Array>, hasher: Hasher): Promise<Digest> {
  rmSync(path, { force: true });
  const file = openSync(path, "wx", 0o600);
  const hash = hasher.incremental();
  let digest: Digest;
  try {
    for await (const bytes of pieces) {
      hash.update(bytes);
      writeAll(file, bytes);
    }
  } finally {
    // Ends the hasher, which may hold memory that is not collected.
    digest = hash.digest();
    closeSync(file);
  }
  return digest;
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
