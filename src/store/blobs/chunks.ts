import { closeSync, fchmodSync, openSync, rmSync } from "node:fs";
import type { FileReader, Hasher } from "../../host/files/host.ts";
import type { Digest } from "../../model/digest.ts";
import { type ChunkList, freshReads, type Tables } from "../schema.ts";
import { cutFile, pack, unpack } from "./chunk-bytes.ts";
import type { StoredBlob } from "./stored.ts";
import { temporaryBeside } from "./temporary.ts";
import { giveName, writeAll } from "./write-file.ts";

/**
 * Blobs that lie in the database as lists of chunks, which they share: many versions of a large file take little more than
 * one. A chunk's key is the BLAKE3 of its bytes; each belongs to a list, for lists and chunks come and go in one
 * transaction.
 */
export class Chunks {
  readonly #tables: Tables;
  readonly #files: FileReader;
  readonly #hasher: Hasher;
  readonly #readOnly: boolean;
  /** Chunks whose bytes this process has seen to match their key. */
  readonly #sound = new Set<Digest>();

  /** @param readOnly Damage stays where it is. */
  constructor(tables: Tables, files: FileReader, hasher: Hasher, readOnly = false) {
    this.#tables = tables;
    this.#readOnly = readOnly;
    this.#files = files;
    this.#hasher = hasher;
  }

  has(digest: Digest): boolean {
    return this.#tables.chunked.doesExist(digest);
  }

  /**
   * Takes over a blob's file: it is removed once its chunks are on the disk. A crash in between leaves both.
   * @returns Bytes that were added; undefined: the file is missing or damaged, and nothing was done.
   */
  store(digest: Digest, path: string): number | undefined {
    const { root, chunked } = this.#tables;
    if (this.#digestOf(path) !== digest) return undefined;
    const file = openSync(path, "r");
    let added = 0;
    try {
      root.transactionSync(() => {
        const chunks: [Digest, number][] = [];
        let size = 0;
        for (const bytes of cutFile(file)) {
          const { chunk, stored, isNew } = this.#put(bytes);
          chunks.push([chunk, stored]);
          size += bytes.length;
          if (isNew) added += stored;
        }
        chunked.putSync(digest, { size, chunks });
      });
    } finally {
      closeSync(file);
    }
    freshReads(root);
    rmSync(path, { force: true });
    return added;
  }

  /** The bytes; undefined when there are none, or damaged ones, which are dropped. */
  read(digest: Digest): Buffer | undefined {
    const list = this.#list(digest);
    if (list === undefined) return undefined;
    const parts = list.chunks.map(([chunk]) => this.#get(chunk));
    if (parts.every((part) => part !== undefined)) {
      const bytes = Buffer.concat(parts);
      if (this.#hasher.digest(bytes) === digest) return bytes;
    }
    this.#dropDamaged(digest, list);
    return undefined;
  }

  /** Puts a blob at a place, by a temporary name beside it, chunk by chunk. False when it is missing or damaged. */
  restore(digest: Digest, destination: string, mode: number, time?: number): boolean {
    const list = this.#list(digest);
    if (list === undefined) return false;
    const temporary = temporaryBeside(destination);
    rmSync(temporary, { force: true });
    const file = openSync(temporary, "wx", mode);
    let sound: boolean;
    try {
      sound = this.#stream(list, (bytes) => writeAll(file, bytes)) === digest;
      fchmodSync(file, mode);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    if (sound) giveName(temporary, destination, time);
    else {
      rmSync(temporary, { force: true });
      this.#dropDamaged(digest, list);
    }
    return sound;
  }

  /** True when a blob's bytes are those of its digest; a damaged blob is dropped. */
  verify(digest: Digest): boolean {
    const list = this.#list(digest);
    if (list === undefined) return false;
    if (this.#stream(list, () => {}) === digest) return true;
    this.#dropDamaged(digest, list);
    return false;
  }

  /** Every blob in chunks. Chunks that several of them share count in equal parts. */
  all(): readonly StoredBlob[] {
    const lists = [...this.#tables.chunked.getRange()];
    const shared = new Map<Digest, number>();
    for (const { value } of lists) for (const [chunk] of value.chunks) shared.set(chunk, (shared.get(chunk) ?? 0) + 1);
    return lists.map(({ key, value }) => {
      const size = value.chunks.reduce((sum, [chunk, stored]) => sum + stored / (shared.get(chunk) as number), 0);
      return { digest: key as Digest, size: Math.round(size), where: "chunks" };
    });
  }

  /** Drops blobs and the chunks that no other needs, within the caller's transaction. */
  remove(digests: readonly Digest[]): void {
    const { chunked, chunks } = this.#tables;
    const loose = new Set<Digest>();
    for (const digest of digests) {
      for (const [chunk] of chunked.get(digest)?.chunks ?? []) loose.add(chunk);
      chunked.removeSync(digest);
    }
    if (loose.size === 0) return;
    for (const { value } of chunked.getRange()) for (const [chunk] of value.chunks) loose.delete(chunk);
    for (const chunk of loose) chunks.removeSync(chunk);
  }

  #put(bytes: Buffer): { readonly chunk: Digest; readonly stored: number; readonly isNew: boolean } {
    const { chunks } = this.#tables;
    const chunk = this.#hasher.digest(bytes);
    const known = chunks.get(chunk);
    // The file is removed: a damaged chunk must not replace it.
    const isSound = known !== undefined && (this.#sound.has(chunk) || unpack(known)?.equals(bytes) === true);
    this.#sound.add(chunk);
    if (isSound) return { chunk, stored: known.length, isNew: false };
    const packed = pack(bytes);
    chunks.putSync(chunk, packed);
    return { chunk, stored: packed.length, isNew: true };
  }

  /** Unverified bytes; undefined when they are missing or cannot be unpacked. */
  #get(chunk: Digest): Buffer | undefined {
    const packed = this.#tables.chunks.get(chunk);
    return packed === undefined ? undefined : unpack(packed);
  }

  /** The digest of what it gives; undefined when a chunk is missing. */
  #stream(list: ChunkList, take: (bytes: Buffer) => void): Digest | undefined {
    const hash = this.#hasher.incremental();
    let whole = true;
    for (const [chunk] of list.chunks) {
      const bytes: Buffer | undefined = whole ? this.#get(chunk) : undefined;
      whole = bytes !== undefined;
      if (bytes === undefined) continue;
      hash.update(bytes);
      take(bytes);
    }
    const digest = hash.digest();
    return whole ? digest : undefined;
  }

  /** Reads anew before it says no: another process may have committed the list just before it removed the blob's file. */
  #list(digest: Digest): ChunkList | undefined {
    const { root, chunked } = this.#tables;
    const known = chunked.get(digest);
    if (known !== undefined) return known;
    freshReads(root);
    return chunked.get(digest);
  }

  /** Removes the list, and the chunks whose bytes do not match their key: else the next blob would take them for sound. */
  #dropDamaged(digest: Digest, list: ChunkList): void {
    const { root, chunks } = this.#tables;
    if (this.#readOnly) return;
    root.transactionSync(() => {
      for (const [chunk] of list.chunks) {
        const bytes = this.#get(chunk);
        if (bytes === undefined || this.#hasher.digest(bytes) !== chunk) chunks.removeSync(chunk);
      }
      this.remove([digest]);
    });
    freshReads(root);
  }

  #digestOf(path: string): Digest | undefined {
    try {
      return this.#files.digest(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }
}
