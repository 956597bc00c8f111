import type { FileStat } from "../host/files/host.ts";
import type { Digest } from "../model/digest.ts";

/** One path as it was last examined. */
export interface IndexRecord {
  readonly path: string;
  readonly stat: FileStat;
  /** Of a file's bytes; undefined for directories and symlinks. */
  readonly digest: Digest | undefined;
  /** Of a symlink. */
  readonly text: string | undefined;
  /** The racy rule: reading began at a tick of the file system's clock after the last change. */
  readonly trusted: boolean;
  /** A version with this digest was appended for it. */
  readonly noted: boolean;
}

/**
 * The file index as one block of bytes, which loads by laying typed arrays over it: 100,000 records in some 10 ms.
 *
 *     u32 count │ u32 text length │ i64 tick │ i64 mtime[n] │ i64 ctime[n] │ u64 inode[n] │ f64 size[n]
 *     │ u16 mode[n], padded │ u8 flags[n], padded │ 32-byte digest[n] │ text: paths, then symlink texts, each with \0
 */
const HEADER = 16;
const TYPES = ["file", "directory", "symlink", "other"] as const;
const TRUSTED = 4;
const HAS_DIGEST = 8;
const NOTED = 16;
const DIGEST_BYTES = 32;

interface Layout {
  readonly mtime: number;
  readonly ctime: number;
  readonly inode: number;
  readonly size: number;
  readonly mode: number;
  readonly flags: number;
  readonly digest: number;
  readonly text: number;
}

function layoutOf(count: number): Layout {
  const mtime = HEADER;
  const ctime = mtime + 8 * count;
  const inode = ctime + 8 * count;
  const size = inode + 8 * count;
  const mode = size + 8 * count;
  const flags = align(mode + 2 * count);
  const digest = align(flags + count);
  return { mtime, ctime, inode, size, mode, flags, digest, text: digest + DIGEST_BYTES * count };
}

function align(offset: number): number {
  return (offset + 7) & ~7;
}

/** Records behind typed arrays; made into objects one by one, on demand. */
export class PackedIndex {
  readonly count: number;
  /** Greatest tick of the file system's clock that the writer saw: an earlier one later means it went back. */
  readonly tick: bigint;
  readonly #mtime: BigInt64Array;
  readonly #ctime: BigInt64Array;
  readonly #inode: BigUint64Array;
  readonly #size: Float64Array;
  readonly #mode: Uint16Array;
  readonly #flags: Uint8Array;
  readonly #digest: Buffer;
  readonly #text: Buffer;
  #strings: readonly string[] | undefined;

  constructor(bytes: Uint8Array) {
    // A copy where the block does not start on 8 bytes: typed arrays insist.
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
    const { buffer, byteOffset: start, byteLength } = aligned;
    const view = new DataView(buffer, start, byteLength);
    const count = view.getUint32(0, true);
    const at = layoutOf(count);
    if (at.text + view.getUint32(4, true) !== byteLength) throw new RangeError("a packed index of another length");
    this.count = count;
    this.tick = view.getBigInt64(8, true);
    this.#mtime = new BigInt64Array(buffer, start + at.mtime, count);
    this.#ctime = new BigInt64Array(buffer, start + at.ctime, count);
    this.#inode = new BigUint64Array(buffer, start + at.inode, count);
    this.#size = new Float64Array(buffer, start + at.size, count);
    this.#mode = new Uint16Array(buffer, start + at.mode, count);
    this.#flags = new Uint8Array(buffer, start + at.flags, count);
    this.#digest = Buffer.from(buffer as ArrayBuffer, start + at.digest, DIGEST_BYTES * count);
    this.#text = Buffer.from(buffer as ArrayBuffer, start + at.text, byteLength - at.text);
  }

  path(id: number): string {
    return this.#texts()[id] as string;
  }

  trusted(id: number): boolean {
    return ((this.#flags[id] as number) & TRUSTED) !== 0;
  }

  /**
   * True when a path still looks as it did. The device does not count: its number may change when a machine restarts.
   */
  matches(id: number, stat: FileStat): boolean {
    return (
      this.#mtime[id] === stat.mtime &&
      this.#ctime[id] === stat.ctime &&
      this.#size[id] === stat.size &&
      this.#inode[id] === stat.inode &&
      this.#mode[id] === stat.mode &&
      TYPES[(this.#flags[id] as number) & 3] === stat.type
    );
  }

  record(id: number): IndexRecord {
    const flags = this.#flags[id] as number;
    const type = TYPES[flags & 3] as FileStat["type"];
    return {
      path: this.path(id),
      stat: {
        type,
        size: this.#size[id] as number,
        mtime: this.#mtime[id] as bigint,
        ctime: this.#ctime[id] as bigint,
        inode: this.#inode[id] as bigint,
        // Not packed: it counts only when it is examined.
        links: 1n,
        mode: this.#mode[id] as number,
      },
      digest:
        (flags & HAS_DIGEST) === 0
          ? undefined
          : (this.#digest.toString("hex", id * DIGEST_BYTES, (id + 1) * DIGEST_BYTES) as Digest),
      text: type === "symlink" ? this.#texts()[this.count + id] : undefined,
      trusted: (flags & TRUSTED) !== 0,
      noted: (flags & NOTED) !== 0,
    };
  }

  #texts(): readonly string[] {
    this.#strings ??= this.#text.toString("utf8").split("\0");
    return this.#strings;
  }
}

/** Reads a packed index; an empty one when the bytes are none. */
export function unpackIndex(bytes: Uint8Array): PackedIndex {
  try {
    return new PackedIndex(bytes);
  } catch {
    return new PackedIndex(packIndex([], 0n));
  }
}

/** Packs records; a record's id is its place in the array. */
export function packIndex(records: readonly IndexRecord[], tick: bigint): Uint8Array {
  const count = records.length;
  const at = layoutOf(count);
  const text = Buffer.from(
    [...records.map(({ path }) => path), ...records.map((record) => record.text ?? "")].join("\0"),
  );
  const bytes = new Uint8Array(at.text + text.length);
  const { buffer } = bytes;
  const view = new DataView(buffer);
  view.setUint32(0, count, true);
  view.setUint32(4, text.length, true);
  view.setBigInt64(8, tick, true);
  const mtime = new BigInt64Array(buffer, at.mtime, count);
  const ctime = new BigInt64Array(buffer, at.ctime, count);
  const inode = new BigUint64Array(buffer, at.inode, count);
  const size = new Float64Array(buffer, at.size, count);
  const mode = new Uint16Array(buffer, at.mode, count);
  const flags = new Uint8Array(buffer, at.flags, count);
  const digests = Buffer.from(buffer, at.digest, DIGEST_BYTES * count);
  records.forEach(({ stat, digest, trusted, noted }, id) => {
    mtime[id] = stat.mtime;
    ctime[id] = stat.ctime;
    inode[id] = stat.inode;
    size[id] = stat.size;
    mode[id] = stat.mode;
    flags[id] =
      TYPES.indexOf(stat.type) |
      (trusted ? TRUSTED : 0) |
      (digest === undefined ? 0 : HAS_DIGEST) |
      (noted ? NOTED : 0);
    if (digest !== undefined) digests.write(digest, id * DIGEST_BYTES, "hex");
  });
  bytes.set(text, at.text);
  return bytes;
}
