import { statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Hasher } from "../../host/files/host.ts";
import type { Digest } from "../../model/digest.ts";
import { guard } from "../errors.ts";
import { BlobFiles } from "./blob-files.ts";
import { Chunks } from "./chunks.ts";
import { SmallBlobs } from "./small-blobs.ts";
import type { BlobPlace, StoredBlob } from "./stored.ts";
import { temporaryBeside } from "./temporary.ts";
import { giveName, writeWhole } from "./write-file.ts";

/** Blobs of fewer bytes than this lie in tables of LMDB, others in files or chunks. */
export const SMALL_BLOB = 65_536;

/** What takes blobs that come from elsewhere. */
export type BlobSink = Pick<Blobs, "has" | "hasSmall" | "read" | "putStream" | "putIfSound" | "room">;

/**
 * Bytes by their digest, in whichever of their forms they lie: small ones in a table or in packs, others as files, large ones
 * that were superseded as chunks. Small ones wait in memory for the next flush; this process sees them before.
 *
 *     putBytes ──small──▶ pending ──flush──▶ table, packs
 *              └─large──▶ file ──superseded (`compact`)──▶ chunks
 */
export class Blobs {
  readonly #directory: string;
  readonly #hasher: Hasher;
  readonly #files: BlobFiles;
  readonly #chunks: Chunks;
  readonly #small: SmallBlobs;

  constructor(place: BlobPlace) {
    const { directory, files, hasher } = place;
    this.#directory = directory;
    this.#hasher = hasher;
    this.#files = new BlobFiles(directory, files, hasher);
    this.#chunks = new Chunks(place);
    this.#small = new SmallBlobs(place);
  }

  has(digest: Digest): boolean {
    return this.hasSmall(digest) || this.#files.has(digest) || this.#chunks.has(digest);
  }

  /** True when a blob of fewer bytes than `SMALL_BLOB` is stored: it is never a file, so the disk need not be asked. */
  hasSmall(digest: Digest): boolean {
    return this.#small.has(digest);
  }

  /**
   * Takes bytes: small ones with the next flush, others at once as a file. Gives their digest.
   * @param durable They are on the disk before the next flush commits.
   */
  putBytes(bytes: Uint8Array, durable = false): Digest {
    const digest = this.#hasher.digest(bytes);
    if (bytes.length < SMALL_BLOB) this.#small.put(digest, bytes);
    else if (!this.has(digest)) guard(this.#directory, () => this.#files.putBytes(bytes, digest, durable));
    return digest;
  }

  /**
   * Takes small bytes over, with the next flush, without a copy and without digesting them again.
   * @param digest Theirs; `hasSmall` was false for it.
   */
  putNew(digest: Digest, bytes: Buffer): void {
    this.#small.add(digest, bytes);
  }

  /**
   * Takes the bytes of a file. False when they are not those of the digest (any more).
   * @param durable They are on the disk before the next flush commits.
   */
  putFile(path: string, digest: Digest, durable = false): boolean {
    return this.has(digest) || guard(this.#directory, () => this.#files.putFile(path, digest, durable));
  }

  /** Takes the bytes of a large file while the event loop goes on. False, too, when the signal is aborted. */
  async putFileListening(path: string, digest: Digest, signal: AbortSignal): Promise<boolean> {
    return this.has(digest) || this.#files.putFileListening(path, digest, signal);
  }

  /**
   * Takes bytes as they come. False when they are not those of the digest: then nothing of them stays.
   * @param size How many come; others than that many reject.
   */
  async putStream(bytes: AsyncIterable<Uint8Array>, digest: Digest, size: number): Promise<boolean> {
    if (size >= SMALL_BLOB) return this.#files.putStream(bytes, digest);
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    return this.putIfSound(Buffer.concat(pieces), digest);
  }

  /** Takes bytes. False when they are not those of the digest: then nothing of them stays. */
  putIfSound(bytes: Uint8Array, digest: Digest): boolean {
    if (this.#hasher.digest(bytes) !== digest) return false;
    if (bytes.length < SMALL_BLOB) this.#small.put(digest, bytes);
    else if (!this.has(digest)) guard(this.#directory, () => this.#files.putBytes(bytes, digest));
    return true;
  }

  /** A blob to read in pieces: its verified bytes, or the path of its file, which may be damaged. Undefined: it is missing. */
  source(digest: Digest): Buffer | string | undefined {
    return this.#files.has(digest) ? this.#files.path(digest) : this.read(digest);
  }

  /** Bytes that the disk has left for blobs. */
  room(): number {
    const { bavail, bsize } = statfsSync(this.#directory);
    return bavail * bsize;
  }

  /** Verified bytes; undefined when they are missing or damaged. */
  read(digest: Digest): Buffer | undefined {
    return this.#small.read(digest) ?? this.#files.read(digest) ?? this.#chunks.read(digest);
  }

  /** Prepares in another thread what `restore` would do for long in this one. Nothing for blobs that are no files. */
  async stage(digest: Digest, signal: AbortSignal): Promise<void> {
    if (this.#files.has(digest)) await this.#files.stage(digest, signal);
  }

  /** Drops what was staged and is not restored. */
  unstage(): void {
    this.#files.unstage();
  }

  /**
   * Puts a blob at an absolute path, in place of what is there. False when it is missing or damaged.
   * @param time When the file counts as written, in microseconds since the epoch; absent: now.
   */
  restore(digest: Digest, destination: string, mode: number, time?: number): boolean {
    // Outside of the guard: what the destination refuses is no failure of the store, and the caller says so.
    const small = guard(this.#directory, () => this.#small.read(digest));
    if (small === undefined)
      return (
        this.#files.restore(digest, destination, mode, time) || this.#chunks.restore(digest, destination, mode, time)
      );
    const temporary = temporaryBeside(destination);
    writeWhole(temporary, small, mode);
    giveName(temporary, destination, time);
    return true;
  }

  /** Every blob once, without the pending ones. */
  list(): readonly StoredBlob[] {
    return [...this.#small.all(), ...this.#large()];
  }

  /** Bytes that all of them take, without the pending ones. */
  size(): number {
    let sum = 0;
    for (const blobs of [this.#small.all(), this.#large()]) for (const { size } of blobs) sum += size;
    return sum;
  }

  /** The blobs that are files. */
  listFiles(): readonly StoredBlob[] {
    return this.#files.all();
  }

  /**
   * Turns a blob's file into chunks.
   * @returns Bytes that the chunks added; undefined: the file was missing or damaged, and is gone.
   */
  compact(digest: Digest): number | undefined {
    const added = this.#chunks.store(digest, this.#files.path(digest));
    if (added === undefined) this.#files.remove(digest);
    return added;
  }

  /** Within the caller's transaction. */
  remove(digests: readonly Digest[]): void {
    this.#small.remove(digests);
    for (const digest of digests) this.#files.remove(digest);
    this.#chunks.remove(digests);
  }

  /**
   * Drops damaged blobs and gives their digests, within the caller's transaction. A damaged blob is as good as none.
   */
  *dropDamaged(): IterableIterator<Digest> {
    yield* this.#small.dropDamaged();
    for (const { digest } of this.#files.all()) if (!this.#files.verify(digest)) yield digest;
    for (const { digest } of this.#chunks.all()) if (!this.#chunks.verify(digest)) yield digest;
  }

  /** Bytes of the database, blobs in tables included. */
  databaseSize(): number {
    return statSync(join(this.#directory, "data.mdb"), { throwIfNoEntry: false })?.size ?? 0;
  }

  get hasPending(): boolean {
    return this.#small.hasPending;
  }

  /** Brings durable files to the disk: before the transaction that names them. */
  sync(): void {
    this.#files.sync();
  }

  /** Writes the pending blobs, within the caller's transaction. */
  writePending(): void {
    this.#small.writePending();
  }

  /** Forgets the pending blobs, once that transaction is committed. */
  committed(): void {
    this.#small.committed();
  }

  #large(): Iterable<StoredBlob> {
    const large = new Map(this.#chunks.all().map((blob) => [blob.digest, blob]));
    // A file counts where a crash left both it and chunks.
    for (const blob of this.#files.all()) large.set(blob.digest, blob);
    return large.values();
  }
}
