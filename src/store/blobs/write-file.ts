import { closeSync, fchmodSync, openSync, renameSync, rmSync, utimesSync, writev } from "node:fs";
import type { Hasher } from "../../host/files/host.ts";
import { writeAll } from "../../host/files/write-all.ts";
import type { Digest } from "../../model/digest.ts";

/** Writes a new file; the mode is what it says, whatever the umask. */
export function writeWhole(path: string, bytes: Uint8Array, mode: number): void {
  const file = openNew(path, mode);
  try {
    writeAll(file, bytes);
    fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}

/** What a killed process may have left at a temporary name is in the way only now and then. */
function openNew(path: string, mode: number): number {
  try {
    return openSync(path, "wx", mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    rmSync(path, { force: true });
    return openSync(path, "wx", mode);
  }
}

/** Bytes that are written at once, in another thread, while the next ones come. */
const BATCH = 1024 * 1024;

/**
 * Writes a new file as its bytes come, and gives their digest. What rejects leaves a part of it.
 * @param pieces No piece is used again by its source.
 */
export async function writeStream(path: string, pieces: AsyncIterable<Uint8Array>, hasher: Hasher): Promise<Digest> {
  rmSync(path, { force: true });
  const file = openSync(path, "wx", 0o600);
  const hash = hasher.incremental();
  let digest: Digest;
  let writing: Promise<void> = Promise.resolve();
  try {
    let batch: Uint8Array[] = [];
    let size = 0;
    for await (const bytes of pieces) {
      hash.update(bytes);
      batch.push(bytes);
      size += bytes.length;
      if (size < BATCH) continue;
      await writing;
      writing = writeBatch(file, batch);
      // Its failure is thrown by whatever waits for it.
      writing.catch(() => {});
      batch = [];
      size = 0;
    }
    await writing;
    await writeBatch(file, batch);
  } finally {
    await writing.catch(() => {});
    // Ends the hasher, which may hold memory that is not collected.
    digest = hash.digest();
    closeSync(file);
  }
  return digest;
}

async function writeBatch(file: number, batch: readonly Uint8Array[]): Promise<void> {
  if (batch.length === 0) return;
  const written = await new Promise<number>((resolve, reject) => {
    writev(file, batch, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
  // One write may take only some of them.
  let left = written;
  for (const bytes of batch) {
    if (left < bytes.length) writeAll(file, bytes.subarray(left));
    left = Math.max(0, left - bytes.length);
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
