import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  lutimesSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Contained } from "../../host/files/contained.ts";
import { SymlinkError } from "../../host/files/descend.ts";
import type { FileReader, Hasher } from "../../host/files/host.ts";
import { makeOwnDirectory } from "../../host/files/own-files.ts";
import { passOver } from "../../host/files/pass.ts";
import type { Digest } from "../../model/digest.ts";
import type { StoredBlob } from "./stored.ts";
import { temporaryBeside, temporaryIn } from "./temporary.ts";
import { giveName, writeStream, writeWhole } from "./write-file.ts";

/**
 * Blobs that are files: `blobs/ab/cd…`, read-only, never changed. A file gets its name only when it is whole; nothing is
 * synced, because every read of a blob verifies it, and a damaged one is as good as a missing one.
 */
export class BlobFiles {
  readonly #directory: string;
  readonly #temporary: string;
  readonly #hasher: Hasher;
  readonly #files: FileReader;
  /** Verified copies that wait for their places. */
  readonly #staged = new Map<Digest, string[]>();
  /** False once the file system could not share bytes. */
  #clones = true;
  #serial = 0;
  #unsynced: string[] = [];

  constructor(directory: string, files: FileReader, hasher: Hasher) {
    this.#directory = join(directory, "blobs");
    this.#temporary = temporaryIn(directory);
    this.#files = files;
    this.#hasher = hasher;
  }

  has(digest: Digest): boolean {
    return existsSync(this.path(digest));
  }

  /** Takes a copy of a file. False when its bytes are not those of the digest. */
  putFile(source: string, digest: Digest, durable = false): boolean {
    const temporary = this.#newTemporary();
    rmSync(temporary, { force: true });
    try {
      if (this.#copy(source, temporary) !== digest) return false;
      this.#publish(temporary, digest);
    } finally {
      rmSync(temporary, { force: true });
    }
    if (durable) this.#unsynced.push(this.path(digest));
    return true;
  }

  /**
   * Takes a copy of a file in another thread. False when its bytes are not those of the digest, or when the signal is
   * aborted.
   */
  async putFileListening(source: string, digest: Digest, signal: AbortSignal): Promise<boolean> {
    const temporary = this.#newTemporary();
    try {
      if ((await this.#copyListening(source, temporary, signal)) !== digest) return false;
      this.#publish(temporary, digest);
      return true;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** Takes bytes as they come. False when they are not those of the digest. */
  async putStream(bytes: AsyncIterable<Uint8Array>, digest: Digest): Promise<boolean> {
    const temporary = this.#newTemporary();
    try {
      if ((await writeStream(temporary, bytes, this.#hasher)) !== digest) return false;
      this.#publish(temporary, digest);
      return true;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /**
   * Copies a blob to a temporary file, in another thread: `restore` has then only to rename that. It also reports what
   * goes wrong here.
   */
  async stage(digest: Digest, signal: AbortSignal): Promise<void> {
    const temporary = this.#newTemporary();
    const found = await this.#copyListening(this.path(digest), temporary, signal).catch(() => undefined);
    if (found === digest) this.#staged.set(digest, [...(this.#staged.get(digest) ?? []), temporary]);
    else rmSync(temporary, { force: true });
  }

  /** Removes what was staged and not restored. */
  unstage(): void {
    for (const temporary of [...this.#staged.values()].flat()) rmSync(temporary, { force: true });
    this.#staged.clear();
  }

  /** Gives the digest of what is in the copy. */
  #copy(source: string, temporary: string): Digest | undefined {
    return this.#clone(source, temporary)
      ? this.#files.digest(temporary)
      : passOver({ source, destination: temporary });
  }

  #copyListening(source: string, temporary: string, signal: AbortSignal): Promise<Digest | undefined> {
    rmSync(temporary, { force: true });
    return this.#clone(source, temporary)
      ? this.#files.digestListening(temporary, signal)
      : this.#files.digestListening(source, signal, temporary);
  }

  /** Lets a copy share its bytes with the source until either changes. False where the file system cannot. */
  #clone(source: string, temporary: string): boolean {
    if (!this.#clones) return false;
    try {
      copyFileSync(source, temporary, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#clones = false;
      rmSync(temporary, { force: true });
      return false;
    }
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
    this.#drop(digest);
    return undefined;
  }

  /**
   * Copies a blob to a place, by a temporary name beside it. False when it is missing or damaged.
   * @param time When the file counts as written, in microseconds since the epoch.
   */
  restore(digest: Digest, destination: string, mode: number, time?: number): boolean {
    if (this.#restoreStaged(digest, destination, mode, time)) return true;
    const temporary = temporaryBeside(destination);
    rmSync(temporary, { force: true });
    try {
      if (this.#copy(this.path(digest), temporary) === digest) {
        chmodSync(temporary, mode);
        giveName(temporary, destination, time);
        this.#noteUse(digest);
        return true;
      }
      this.#drop(digest);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
    return false;
  }

  /** False when nothing is staged, or on another file system than the destination. */
  #restoreStaged(digest: Digest, destination: string, mode: number, time?: number): boolean {
    const temporary = this.#staged.get(digest)?.pop();
    if (temporary === undefined) return false;
    try {
      chmodSync(temporary, mode);
      giveName(temporary, destination, time);
      this.#noteUse(digest);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
      return false;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** Every blob file. */
  all(): readonly StoredBlob[] {
    if (!existsSync(this.#directory)) return [];
    const directories = readdirSync(this.#directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return directories.flatMap(({ name: prefix }) =>
      readdirSync(join(this.#directory, prefix)).flatMap((name): StoredBlob[] => {
        const stat = statSync(join(this.#directory, prefix, name), { throwIfNoEntry: false });
        if (stat === undefined) return [];
        return [{ digest: (prefix + name) as Digest, size: stat.size, where: "file", used: stat.mtimeMs }];
      }),
    );
  }

  /** True when a blob's bytes are those of its digest; a damaged blob is dropped. */
  verify(digest: Digest): boolean {
    const path = this.path(digest);
    if (this.#files.digest(path) === digest) return true;
    this.#drop(digest);
    return false;
  }

  remove(digest: Digest): void {
    this.#change(digest, (place) => rmSync(place, { force: true }));
  }

  /** The path of a blob's file, whether there is one or not. */
  path(digest: Digest): string {
    return join(this.#directory, innerPath(digest));
  }

  /** A blob's file, but not what a symlink on the way to it leads to: such a one is no blob of this store. */
  #change(digest: Digest, act: (place: string) => void): void {
    try {
      new Contained(this.#directory).at(innerPath(digest), act);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && !(error instanceof SymlinkError)) throw error;
    }
  }

  /** A damaged blob is as good as a missing one. Where it may not be removed, the next read finds it damaged, too. */
  #drop(digest: Digest): void {
    try {
      this.remove(digest);
    } catch {
      // The store is read-only.
    }
  }

  /** When a blob was used last, for eviction. */
  #noteUse(digest: Digest): void {
    const now = new Date();
    try {
      this.#change(digest, (place) => lutimesSync(place, now, now));
    } catch {
      // The store is read-only.
    }
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

/** A digest that a store names may be any text: only a real one is a path. */
function innerPath(digest: Digest): string {
  return /^[0-9a-f]{64}$/.test(digest) ? `${digest.slice(0, 2)}/${digest.slice(2)}` : "no-digest";
}

function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
