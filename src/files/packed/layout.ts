/**
 * The layout of a packed file index:
 *
 *     u32 count │ u32 text length │ i64 tick │ i64 mtime[n] │ i64 ctime[n] │ u64 inode[n] │ f64 size[n]
 *     │ u16 mode[n], padded │ u8 flags[n], padded │ 32-byte digest[n] │ u32 table[m] │ u32 ends[n]
 *     │ text: paths one after the other, then the texts of symlinks with \0 between them
 *
 * `ends` has where in the text each path ends.
 * The table finds a path without an object for each of them: a hash table with linear probing, of ids + 1, m = 2^k >= 2n.
 */
const HEADER = 16;
export const DIGEST_BYTES = 32;

interface Layout {
  readonly mtime: number;
  readonly ctime: number;
  readonly inode: number;
  readonly size: number;
  readonly mode: number;
  readonly flags: number;
  readonly digest: number;
  readonly table: number;
  readonly ends: number;
  readonly text: number;
}

export function layoutOf(count: number): Layout {
  const mtime = HEADER;
  const ctime = mtime + 8 * count;
  const inode = ctime + 8 * count;
  const size = inode + 8 * count;
  const mode = size + 8 * count;
  const flags = align(mode + 2 * count);
  const digest = align(flags + count);
  const table = digest + DIGEST_BYTES * count;
  const ends = table + 4 * slotsFor(count);
  return { mtime, ctime, inode, size, mode, flags, digest, table, ends, text: ends + 4 * count };
}

/** A power of two, at least two for each record. */
function slotsFor(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2 * count, 2)));
}

/** FNV-1a over the UTF-16 code units of a path. */
export function hashOf(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i += 1) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function align(offset: number): number {
  return (offset + 7) & ~7;
}

/** The parts of a block, laid over its bytes. */
export interface Columns {
  readonly mtime: BigInt64Array;
  readonly ctime: BigInt64Array;
  readonly inode: BigUint64Array;
  readonly size: Float64Array;
  readonly mode: Uint16Array;
  readonly flags: Uint8Array;
  readonly digest: Buffer;
  readonly table: Uint32Array;
  readonly ends: Uint32Array;
}

export function columnsOf(buffer: ArrayBufferLike, start: number, count: number): Columns {
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
    ends: new Uint32Array(buffer, start + at.ends, count),
  };
}

export function fillTable(table: Uint32Array, paths: readonly string[]): void {
  const mask = table.length - 1;
  paths.forEach((path, id) => {
    let slot = hashOf(path) & mask;
    while (table[slot] !== 0) slot = (slot + 1) & mask;
    table[slot] = id + 1;
  });
}

export function fillEnds(ends: Uint32Array, paths: readonly string[]): void {
  let end = 0;
  paths.forEach((path, id) => {
    end += Buffer.byteLength(path);
    ends[id] = end;
  });
}
