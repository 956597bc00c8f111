import type { Digest } from "../../model/digest.ts";
import { transact } from "../transact.ts";
import { Packs } from "./packs.ts";
import type { BlobPlace, StoredBlob } from "./stored.ts";

/**
 * Bytes that wait in memory. More are committed at once, ahead of the records that name them: until those come nothing refers
 * to them, and a crash leaves them to the next eviction.
 */
const MOST_PENDING = 4 * 1024 * 1024;

/** What is committed together is packed from so many bytes on: less fits into a page of LMDB anyway. */
const PACK_FROM = 4096;

/**
 * Blobs of fewer bytes than `SMALL_BLOB`. They wait in memory for the next flush; this process sees them before. A few that
 * come alone lie in a table, others in packs.
 */
export class SmallBlobs {
  readonly #place: BlobPlace;
  readonly #packs: Packs;
  readonly #pending = new Map<Digest, Buffer>();
  #pendingBytes = 0;
  /** Committed ones that this process found damaged: they are as good as missing, and may be stored again. */
  readonly #damaged = new Set<Digest>();

  constructor(place: BlobPlace) {
    this.#place = place;
    this.#packs = new Packs(place.tables);
  }

  has(digest: Digest): boolean {
    if (this.#pending.has(digest)) return true;
    return !this.#damaged.has(digest) && (this.#place.tables.blobs.doesExist(digest) || this.#packs.has(digest));
  }

  /** Holds a copy of the bytes until the next flush. */
  put(digest: Digest, bytes: Uint8Array): void {
    if (!this.has(digest)) this.add(digest, Buffer.from(bytes));
  }

  /** Takes bytes over that are not stored. */
  add(digest: Digest, bytes: Buffer): void {
    this.#pending.set(digest, bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= MOST_PENDING && !this.#place.readOnly) this.#commit();
  }

  /** Verified bytes; undefined when they are missing or damaged. */
  read(digest: Digest): Buffer | undefined {
    const { tables, hasher } = this.#place;
    const bytes = this.#pending.get(digest) ?? tables.blobs.get(digest) ?? this.#packs.read(digest);
    if (bytes !== undefined && hasher.digest(bytes) === digest) return bytes;
    if (bytes !== undefined || this.#packs.has(digest)) this.#damaged.add(digest);
    return undefined;
  }

  /** Every blob but the pending ones. */
  *all(): IterableIterator<StoredBlob> {
    for (const { key, value } of this.#place.tables.blobs.getRange())
      yield { digest: key as Digest, size: value.length, where: "table" };
    yield* this.#packs.all();
  }

  /** Within the caller's transaction. */
  remove(digests: Iterable<Digest>): void {
    const all = [...digests];
    for (const digest of all) this.#place.tables.blobs.removeSync(digest);
    this.#packs.remove(all);
  }

  /** Drops damaged blobs and gives their digests, within the caller's transaction. */
  dropDamaged(): readonly Digest[] {
    const { tables, hasher } = this.#place;
    const lone = [...tables.blobs.getRange()].flatMap(({ key, value }) =>
      hasher.digest(value) === key ? [] : [key as Digest],
    );
    const packed: Digest[] = [];
    for (const [digest, bytes] of this.#packs.contents())
      if (bytes === undefined || hasher.digest(bytes) !== digest) packed.push(digest);
    this.remove([...lone, ...packed]);
    return [...lone, ...packed];
  }

  get hasPending(): boolean {
    return this.#pending.size > 0;
  }

  /** Writes the pending blobs, within the caller's transaction. */
  writePending(): void {
    this.#packs.forget();
    this.remove([...this.#damaged].filter((digest) => this.#pending.has(digest)));
    if (this.#pending.size > 1 && this.#pendingBytes >= PACK_FROM) this.#packs.write(this.#pending);
    else for (const [digest, bytes] of this.#pending) this.#place.tables.blobs.putSync(digest, bytes);
  }

  /** Forgets the pending blobs, once that transaction is committed. */
  committed(): void {
    for (const digest of this.#pending.keys()) this.#damaged.delete(digest);
    this.#pending.clear();
    this.#pendingBytes = 0;
  }

  #commit(): void {
    const { tables, directory } = this.#place;
    transact(tables, directory, () => this.writePending());
    this.committed();
  }
}
