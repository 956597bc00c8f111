import { closeSync, fchmodSync, openSync, rmSync } from "node:fs";
import type { FileReader, Hasher } from "../../host/files/host.ts";
import { writeAll } from "../../host/files/write-all.ts";
import type { Digest } from "../../model/digest.ts";
import { type ChunkList, freshReads, type Tables } from "../schema.ts";
import { transact } from "../transact.ts";
import { cutFile, pack, unpack } from "./chunk-bytes.ts";
import type { BlobPlace, StoredBlob } from "./stored.ts";
import { temporaryBeside } from "./temporary.ts";
import { giveName } from "./write-file.ts";

/**
 * Blobs that lie in the database as lists of chunks, which they share: many versions of a large file take little more than
 * one. A chunk's key is the BLAKE3 of its bytes; each belongs to a list, for lists and chunks come and go in one
 * transaction.
 */
export class Chunks {
  readonly #tables: Tables;
  readonly #directory: string;
  readonly #files: FileReader;
  readonly #hasher: Hasher;
  readonly #readOnly: boolean;
  /** Chunks whose bytes this process has seen to match their key. */
  readonly #sound = new Set<Digest>();

  constructor({ tables, directory, files, hasher, readOnly }: BlobPlace) {
    this.#tables = tables;
    this.#directory = directory;
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
    if (this.#digestOf(path) !== digest) return undefined;
    const { added, sound } = transact(this.#tables, this.#directory, () => this.#putFile(digest, path));
    // Only now: what an aborted try put is not there.
    for (const chunk of sound) this.#sound.add(chunk);
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

  /** Puts a file's chunks and their list within the caller's transaction. */
  #putFile(digest: Digest, path: string): { readonly added: number; readonly sound: ReadonlySet<Digest> } {
    const file = openSync(path, "r");
    const sound = new Set<Digest>();
    const chunks: [Digest, number][] = [];
    let size = 0;
    let added = 0;
    try {
      for (const bytes of cutFile(file)) {
        const chunk = this.#hasher.digest(bytes);
        const known = this.#soundBytes(chunk, bytes, sound);
        const stored = known ?? pack(bytes);
        if (known === undefined) this.#tables.chunks.putSync(chunk, stored);
        sound.add(chunk);
        chunks.push([chunk, stored.length]);
        size += bytes.length;
        if (known === undefined) added += stored.length;
      }
    } finally {
      closeSync(file);
    }
    this.#tables.chunked.putSync(digest, { size, chunks });
    return { added, sound };
  }

  /** A chunk as it is stored; undefined when it is missing or damaged: the file is removed, and what is damaged must not replace it. */
  #soundBytes(chunk: Digest, bytes: Buffer, sound: ReadonlySet<Digest>): Buffer | undefined {
    const known = this.#tables.chunks.get(chunk);
    if (known === undefined || this.#sound.has(chunk) || sound.has(chunk)) return known;
    return unpack(known)?.equals(bytes) === true ? known : undefined;
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
    const { chunks } = this.#tables;
    if (this.#readOnly) return;
    transact(this.#tables, this.#directory, () => {
      for (const [chunk] of list.chunks) {
        const bytes = this.#get(chunk);
        if (bytes === undefined || this.#hasher.digest(bytes) !== chunk) chunks.removeSync(chunk);
      }
      this.remove([digest]);
    });
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
