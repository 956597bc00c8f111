import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { FileReader, Hasher } from "../../host/files/host.ts";
import { makeOwnDirectory } from "../../host/files/own-files.ts";
import type { Digest } from "../../model/digest.ts";
import { temporaryBeside } from "./temporary.ts";

/** Blobs of fewer bytes than this are kept in LMDB, others as files. */
export const SMALL_BLOB = 65_536;

/** A blob as it lies in the store. */
export interface StoredBlob {
  readonly digest: Digest;
  /** Bytes that it takes. */
  readonly size: number;
  readonly where: "table" | "file" | "chunks";
  /** Milliseconds since the epoch when its file was used last. */
  readonly used?: number;
}

/**
 * Blobs that are files: `blobs/ab/cd…`, read-only, never changed. A file gets its name only when it is whole; nothing is
 * synced, because whoever reads a blob verifies it, and a damaged one is as good as a missing one.
 */
export class BlobFiles {
  readonly #directory: string;
  readonly #temporary: string;
  readonly #hasher: Hasher;
  readonly #files: FileReader;
  #serial = 0;
  #unsynced: string[] = [];

  constructor(directory: string, files: FileReader, hasher: Hasher) {
    this.#directory = join(directory, "blobs");
    this.#temporary = join(directory, "tmp");
    this.#files = files;
    this.#hasher = hasher;
  }

  has(digest: Digest): boolean {
    return existsSync(this.path(digest));
  }

  /** Takes a copy of a file. False when its bytes are not those of the digest. */
  putFile(source: string, digest: Digest, durable = false): boolean {
    const temporary = this.#newTemporary();
    copyFileSync(source, temporary, constants.COPYFILE_FICLONE);
    if (this.#files.digest(temporary) !== digest) {
      rmSync(temporary, { force: true });
      return false;
    }
    this.#publish(temporary, digest);
    if (durable) this.#unsynced.push(this.path(digest));
    return true;
  }

  /** Brings durable blobs and their names to the disk. */
  sync(): void {
    const directories = new Set(this.#unsynced.map(dirname));
    if (directories.size > 0) for (const path of [...this.#unsynced, ...directories, this.#directory]) syncPath(path);
    this.#unsynced = [];
  }

  putBytes(bytes: Uint8Array, digest: Digest, durable = false): void {
    const temporary = this.#newTemporary();
    writeWhole(temporary, bytes, 0o400);
    this.#publish(temporary, digest);
    if (durable) this.#unsynced.push(this.path(digest));
  }

  /** The bytes; undefined when there are none, or damaged ones, which are dropped. */
  read(digest: Digest): Buffer | undefined {
    const path = this.path(digest);
    try {
      const bytes = readFileSync(path);
      if (this.#hasher.digest(bytes) === digest) return bytes;
    } catch {
      return undefined;
    }
    drop(path);
    return undefined;
  }

  /** Copies a blob to a place, by a temporary name beside it. False when it is missing or damaged. */
  restore(digest: Digest, destination: string, mode: number): boolean {
    const temporary = temporaryBeside(destination);
    const path = this.path(digest);
    try {
      copyFileSync(path, temporary, constants.COPYFILE_FICLONE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
    if (this.#files.digest(temporary) !== digest) {
      rmSync(temporary, { force: true });
      drop(path);
      return false;
    }
    chmodSync(temporary, mode);
    const now = new Date();
    utimesSync(temporary, now, now);
    noteUse(path, now);
    renameSync(temporary, destination);
    return true;
  }

  /** Bytes of the database beside the blob files. */
  metadata(): number {
    return statSync(join(dirname(this.#directory), "data.mdb"), { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Every blob file: its bytes, and when it was used last, in milliseconds since the epoch. */
  all(): readonly { readonly digest: Digest; readonly size: number; readonly used: number }[] {
    if (!existsSync(this.#directory)) return [];
    return readdirSync(this.#directory).flatMap((prefix) =>
      readdirSync(join(this.#directory, prefix)).flatMap((name) => {
        const stat = statSync(join(this.#directory, prefix, name), { throwIfNoEntry: false });
        return stat === undefined ? [] : [{ digest: (prefix + name) as Digest, size: stat.size, used: stat.mtimeMs }];
      }),
    );
  }

  /** False for a damaged one, which is dropped. */
  verify(digest: Digest): boolean {
    const path = this.path(digest);
    if (this.#files.digest(path) === digest) return true;
    drop(path);
    return false;
  }

  remove(digest: Digest): void {
    rmSync(this.path(digest), { force: true });
  }

  /** Where its file is, or would be. */
  path(digest: Digest): string {
    return join(this.#directory, digest.slice(0, 2), digest.slice(2));
  }

  #publish(temporary: string, digest: Digest): void {
    const path = this.path(digest);
    chmodSync(temporary, 0o400);
    makeOwnDirectory(this.#directory);
    makeOwnDirectory(dirname(path));
    renameSync(temporary, path);
  }

  #newTemporary(): string {
    makeOwnDirectory(this.#temporary);
    this.#serial += 1;
    return join(this.#temporary, `${process.pid}-${this.#serial}`);
  }
}

/** A damaged blob is as good as a missing one. Where it may not be removed, the next one who looks finds it damaged, too. */
function drop(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The store can only be looked at.
  }
}

/** When a blob was used last, for eviction. */
function noteUse(path: string, now: Date): void {
  try {
    utimesSync(path, now, now);
  } catch {
    // The store can only be looked at.
  }
}

function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes a new file; the mode is what it says, whatever the umask. */
export function writeWhole(path: string, bytes: Uint8Array, mode: number): void {
  rmSync(path, { force: true });
  const file = openSync(path, "wx", mode);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}
