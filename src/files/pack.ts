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
 *     │ u16 mode[n], padded │ u8 flags[n], padded │ 32-byte digest[n] │ u32 table[m]
 *     │ text: paths, then symlink texts, each with \0
 *
 * The table finds a path without an object for each of them: a hash table with linear probing, of ids + 1, m = 2^k >= 2n.
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
  readonly table: number;
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
  const table = digest + DIGEST_BYTES * count;
  return { mtime, ctime, inode, size, mode, flags, digest, table, text: table + 4 * slotsFor(count) };
}

/** A power of two, at least two for each record. */
function slotsFor(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2 * count, 2)));
}

/** FNV-1a over the UTF-16 code units of a path. */
function hashOf(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i += 1) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function align(offset: number): number {
  return (offset + 7) & ~7;
}

/** The parts of a block, laid over its bytes. */
interface Columns {
  readonly mtime: BigInt64Array;
  readonly ctime: BigInt64Array;
  readonly inode: BigUint64Array;
  readonly size: Float64Array;
  readonly mode: Uint16Array;
  readonly flags: Uint8Array;
  readonly digest: Buffer;
  readonly table: Uint32Array;
}

function columnsOf(buffer: ArrayBufferLike, start: number, count: number): Columns {
  const at = layoutOf(count);
  return {
    mtime: new BigInt64Array(buffer, start + at.mtime, count),
    ctime: new BigInt64Array(buffer, start + at.ctime, count),
    inode: new BigUint64Array(buffer, start + at.inode, count),
    size: new Float64Array(buffer, start + at.size, count),
    mode: new Uint16Array(buffer, start + at.mode, count),
    flags: new Uint8Array(buffer, start + at.flags, count),
    digest: Buffer.from(buffer as ArrayBuffer, start + at.digest, DIGEST_BYTES * count),
    table: new Uint32Array(buffer, start + at.table, slotsFor(count)),
  };
}

/** Records behind typed arrays; made into objects one by one, on demand. */
export class PackedIndex {
  readonly count: number;
  /** Greatest tick of the file system's clock that the writer saw: an earlier one later means it went back. */
  readonly tick: bigint;
  readonly #bytes: Uint8Array;
  readonly #columns: Columns;
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
    this.#bytes = aligned;
    this.#columns = columnsOf(buffer, start, count);
    this.#text = Buffer.from(buffer as ArrayBuffer, start + at.text, byteLength - at.text);
  }

  path(id: number): string {
    return this.#texts()[id] as string;
  }

  /** The id of a path; undefined: it has no record. */
  id(path: string): number | undefined {
    const { table } = this.#columns;
    const mask = table.length - 1;
    for (let slot = hashOf(path) & mask; ; slot = (slot + 1) & mask) {
      const id = (table[slot] as number) - 1;
      if (id < 0) return undefined;
      if (this.path(id) === path) return id;
    }
  }

  type(id: number): FileStat["type"] {
    return TYPES[(this.#columns.flags[id] as number) & 3] as FileStat["type"];
  }

  trusted(id: number): boolean {
    return ((this.#columns.flags[id] as number) & TRUSTED) !== 0;
  }

  /**
   * True when a path still looks as it did. The device does not count: its number may change when a machine restarts.
   */
  matches(id: number, stat: FileStat): boolean {
    const { mtime, ctime, size, inode, mode } = this.#columns;
    return (
      mtime[id] === stat.mtime &&
      ctime[id] === stat.ctime &&
      size[id] === stat.size &&
      inode[id] === stat.inode &&
      mode[id] === stat.mode &&
      this.type(id) === stat.type
    );
  }

  record(id: number): IndexRecord {
    const { mtime, ctime, size, inode, mode, flags, digest } = this.#columns;
    const type = this.type(id);
    const has = (flag: number): boolean => ((flags[id] as number) & flag) !== 0;
    return {
      path: this.path(id),
      stat: {
        type,
        size: size[id] as number,
        mtime: mtime[id] as bigint,
        ctime: ctime[id] as bigint,
        inode: inode[id] as bigint,
        // Not packed: it counts only when it is examined.
        links: 1n,
        mode: mode[id] as number,
      },
      digest: has(HAS_DIGEST)
        ? (digest.toString("hex", id * DIGEST_BYTES, (id + 1) * DIGEST_BYTES) as Digest)
        : undefined,
      text: type === "symlink" ? this.link(id) : undefined,
      trusted: has(TRUSTED),
      noted: has(NOTED),
    };
  }

  /** Ids of all symlinks. */
  links(): readonly number[] {
    const links: number[] = [];
    for (let id = 0; id < this.count; id += 1) if (this.type(id) === "symlink") links.push(id);
    return links;
  }

  /** The text of a symlink; empty for others. */
  link(id: number): string {
    return this.#texts()[this.count + id] as string;
  }

  /** Copies the numbers and digests of some records to other columns, from the place `at` on: no object is made. */
  copyTo(into: Columns, ids: readonly number[], at: number): void {
    const { mtime, ctime, size, inode, mode, flags, digest } = this.#columns;
    ids.forEach((id, i) => {
      const to = at + i;
      into.mtime[to] = mtime[id] as bigint;
      into.ctime[to] = ctime[id] as bigint;
      into.inode[to] = inode[id] as bigint;
      into.size[to] = size[id] as number;
      into.mode[to] = mode[id] as number;
      into.flags[to] = flags[id] as number;
      digest.copy(into.digest, to * DIGEST_BYTES, id * DIGEST_BYTES, (id + 1) * DIGEST_BYTES);
    });
  }

  /** The same block with some records replaced, each by one of the same path and with the same text. */
  replace(records: ReadonlyMap<number, IndexRecord>, tick: bigint): Uint8Array {
    // A Buffer's own slice would be a view of the same bytes.
    const bytes = new Uint8Array(this.#bytes);
    new DataView(bytes.buffer).setBigInt64(8, tick, true);
    const columns = columnsOf(bytes.buffer, 0, this.count);
    for (const [id, record] of records) setRecord(columns, id, record);
    return bytes;
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

/** Records of another packed index that are packed again as they are. */
export interface Carried {
  readonly packed: PackedIndex;
  readonly ids: readonly number[];
}

/** Packs records; a record's id is its place in the array, and behind that in the list of carried ones. */
export function packIndex(records: readonly IndexRecord[], tick: bigint, carried?: Carried): Uint8Array {
  const count = records.length + (carried?.ids.length ?? 0);
  const at = layoutOf(count);
  const { packed, ids = [] } = carried ?? {};
  const paths = [...records.map(({ path }) => path), ...ids.map((id) => packed?.path(id) as string)];
  const links = [...records.map((record) => record.text ?? ""), ...ids.map((id) => packed?.link(id) as string)];
  const text = Buffer.from(`${paths.join("\0")}\0${links.join("\0")}`);
  const bytes = new Uint8Array(at.text + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, count, true);
  view.setUint32(4, text.length, true);
  view.setBigInt64(8, tick, true);
  const columns = columnsOf(bytes.buffer, 0, count);
  records.forEach((record, id) => {
    setRecord(columns, id, record);
  });
  packed?.copyTo(columns, ids, records.length);
  fillTable(columns.table, paths);
  bytes.set(text, at.text);
  return bytes;
}

function fillTable(table: Uint32Array, paths: readonly string[]): void {
  const mask = table.length - 1;
  paths.forEach((path, id) => {
    let slot = hashOf(path) & mask;
    while (table[slot] !== 0) slot = (slot + 1) & mask;
    table[slot] = id + 1;
  });
}

function setRecord(into: Columns, id: number, { stat, digest, trusted, noted }: IndexRecord): void {
  into.mtime[id] = stat.mtime;
  into.ctime[id] = stat.ctime;
  into.inode[id] = stat.inode;
  into.size[id] = stat.size;
  into.mode[id] = stat.mode;
  into.flags[id] =
    TYPES.indexOf(stat.type) | (trusted ? TRUSTED : 0) | (digest === undefined ? 0 : HAS_DIGEST) | (noted ? NOTED : 0);
  if (digest !== undefined) into.digest.write(digest, id * DIGEST_BYTES, "hex");
}
