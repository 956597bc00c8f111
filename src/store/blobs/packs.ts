import type { Digest } from "../../model/digest.ts";
import { isNumber, type MetaSlot, readMeta, writeMeta } from "../meta.ts";
import type { Tables } from "../schema.ts";
import { pack, unpack } from "./chunk-bytes.ts";
import type { StoredBlob } from "./stored.ts";

/** A pack is closed once it holds so many bytes: more compress hardly better, and each read of one blob unpacks them all. */
const PACK_BYTES = 131_072;

/** Packs that are held unpacked: what was committed together is often read together. */
const UNPACKED = 8;

/** The id of the newest pack. None is given twice, but one of an aborted transaction. */
const PACK_SLOT: MetaSlot<number> = { key: "packs", isValid: isNumber };

/** Where a blob lies. */
interface Place {
  readonly pack: number;
  readonly offset: number;
  readonly length: number;
  /** Its share of the bytes that the pack takes. */
  readonly stored: number;
}

/**
 * Small blobs that were committed together, compressed together: by itself each would take a page of LMDB or two. Bytes
 * of removed ones stay until most of their pack is dead; then the others move to a new one.
 */
export class Packs {
  readonly #tables: Tables;
  readonly #unpacked = new Map<number, Buffer | undefined>();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  has(digest: Digest): boolean {
    const key = keyOf(digest);
    return key !== undefined && this.#tables.packed.doesExist(key);
  }

  /** Unverified bytes; undefined when they are missing or cannot be unpacked. */
  read(digest: Digest): Buffer | undefined {
    const place = this.#place(digest);
    return place === undefined ? undefined : this.#bytesAt(place);
  }

  /** At the beginning of a transaction: an aborted one may have held packs that never came to be, and their ids are given again. */
  forget(): void {
    this.#unpacked.clear();
  }

  /** Within the caller's transaction. None of them is in a pack already. */
  write(blobs: Iterable<readonly [Digest, Buffer]>): void {
    let parts: (readonly [Digest, Buffer])[] = [];
    let size = 0;
    for (const part of blobs) {
      parts.push(part);
      size += part[1].length;
      if (size < PACK_BYTES) continue;
      this.#writePack(parts);
      parts = [];
      size = 0;
    }
    if (parts.length > 0) this.#writePack(parts);
  }

  *all(): IterableIterator<StoredBlob> {
    for (const { key, value } of this.#tables.packed.getRange())
      yield { digest: digestOf(key), size: decode(value).stored, where: "table" };
  }

  /** Within the caller's transaction. */
  remove(digests: Iterable<Digest>): void {
    const touched = new Set<number>();
    for (const digest of digests) {
      const place = this.#place(digest);
      if (place === undefined) continue;
      touched.add(place.pack);
      this.#tables.packed.removeSync(keyOf(digest) as Buffer);
    }
    if (touched.size > 0) this.write(this.#rescued(touched));
  }

  /** Every blob with its unverified bytes, pack by pack. */
  *contents(): IterableIterator<readonly [Digest, Buffer | undefined]> {
    for (const [, places] of this.#places()) for (const [digest, place] of places) yield [digest, this.#bytesAt(place)];
  }

  /** Removes packs that are mostly dead, and gives what is alive in them. */
  *#rescued(touched: ReadonlySet<number>): IterableIterator<readonly [Digest, Buffer]> {
    const alive = this.#places(touched);
    for (const id of touched) {
      const places = alive.get(id) ?? [];
      const bytes = places.length === 0 ? undefined : this.#unpack(id);
      // What cannot be unpacked is left to `inc doctor`.
      if (places.length > 0 && bytes === undefined) continue;
      const size = places.reduce((sum, [, { length }]) => sum + length, 0);
      if (bytes !== undefined && 2 * size > bytes.length) continue;
      this.#tables.packs.removeSync(id);
      for (const [digest, place] of places) yield [digest, this.#bytesAt(place) as Buffer];
      this.#unpacked.delete(id);
    }
  }

  /** What lies in each pack. @param only Absent: all packs. */
  #places(only?: ReadonlySet<number>): ReadonlyMap<number, (readonly [Digest, Place])[]> {
    const places = new Map<number, (readonly [Digest, Place])[]>();
    for (const { key, value } of this.#tables.packed.getRange()) {
      const place = decode(value);
      if (only?.has(place.pack) === false) continue;
      const others = places.get(place.pack);
      if (others === undefined) places.set(place.pack, [[digestOf(key), place]]);
      else others.push([digestOf(key), place]);
    }
    return places;
  }

  #writePack(parts: readonly (readonly [Digest, Buffer])[]): void {
    const bytes = Buffer.concat(parts.map(([, part]) => part));
    const packed = pack(bytes);
    const id = (readMeta(this.#tables, PACK_SLOT) ?? 0) + 1;
    writeMeta(this.#tables, PACK_SLOT, id);
    this.#tables.packs.putSync(id, packed);
    let offset = 0;
    for (const [digest, { length }] of parts) {
      const stored = Math.ceil((length * packed.length) / bytes.length);
      this.#tables.packed.putSync(keyOf(digest) as Buffer, encode({ pack: id, offset, length, stored }));
      offset += length;
    }
  }

  #place(digest: Digest): Place | undefined {
    const key = keyOf(digest);
    const value = key === undefined ? undefined : this.#tables.packed.get(key);
    return value === undefined ? undefined : decode(value);
  }

  #bytesAt({ pack: id, offset, length }: Place): Buffer | undefined {
    return this.#unpack(id)?.subarray(offset, offset + length);
  }

  #unpack(id: number): Buffer | undefined {
    if (this.#unpacked.has(id)) return this.#unpacked.get(id);
    const packed = this.#tables.packs.get(id);
    const bytes = packed === undefined ? undefined : unpack(packed);
    const [oldest] = this.#unpacked.keys();
    if (oldest !== undefined && this.#unpacked.size >= UNPACKED) this.#unpacked.delete(oldest);
    this.#unpacked.set(id, bytes);
    return bytes;
  }
}

/** The bytes of a digest; undefined for any other text that a store may name. */
function keyOf(digest: Digest): Buffer | undefined {
  const key = Buffer.from(digest, "hex");
  return key.length === 32 ? key : undefined;
}

function digestOf(key: Buffer): Digest {
  return key.toString("hex") as Digest;
}

/** u32 pack │ u32 offset │ u32 length │ u32 stored, little-endian. */
function encode({ pack: id, offset, length, stored }: Place): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  for (const [i, number] of [id, offset, length, stored].entries()) bytes.writeUInt32LE(number, 4 * i);
  return bytes;
}

/** Anything else than 16 bytes leads to no pack: the blob is damaged. */
function decode(bytes: Buffer): Place {
  const number = (at: number): number => (bytes.length === 16 ? bytes.readUInt32LE(at) : 0);
  return { pack: number(0), offset: number(4), length: number(8), stored: number(12) };
}
