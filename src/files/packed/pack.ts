import { isAscii } from "node:buffer";
import type { FileStat } from "../../host/files/host.ts";
import type { Digest } from "../../model/digest.ts";
import { type Columns, columnsOf, DIGEST_BYTES, fillEnds, fillTable, hashOf, layoutOf } from "./layout.ts";

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
 * The file index as one block of bytes, which loads by laying typed arrays over it (see layout.ts): 100,000 records in
 * some 3 ms. A path is decoded when it is asked for.
 */
const TYPES = ["file", "directory", "symlink", "other"] as const;
const TRUSTED = 4;
const HAS_DIGEST = 8;
const NOTED = 16;

/** Records behind typed arrays; made into objects one by one, on demand. */
export class PackedIndex {
  readonly count: number;
  /** Greatest tick of the file system's clock that the writer saw: an earlier one later means it went back. */
  readonly tick: bigint;
  readonly #bytes: Uint8Array;
  readonly #columns: Columns;
  readonly #text: Buffer;
  /** The same, if it is ASCII; null: it is not; undefined: that is not known yet. */
  #ascii: string | null | undefined;
  /** By id: the texts of symlinks. */
  #links: ReadonlyMap<number, string> | undefined;

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
    const { ends } = this.#columns;
    const start = id === 0 ? 0 : ends[id - 1];
    // Most paths are ASCII: a piece of one text is had in a tenth of the time that decoding takes.
    if (this.#ascii === undefined) this.#ascii = isAscii(this.#text) ? this.#text.toString("latin1") : null;
    return this.#ascii?.slice(start, ends[id]) ?? this.#text.toString("utf8", start, ends[id]);
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

  noted(id: number): boolean {
    return ((this.#columns.flags[id] as number) & NOTED) !== 0;
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
    return this.#linkTexts().get(id) ?? "";
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

  #linkTexts(): ReadonlyMap<number, string> {
    const end = this.count === 0 ? 0 : (this.#columns.ends[this.count - 1] as number);
    const texts = this.#links === undefined ? this.#text.toString("utf8", end).split("\0") : [];
    this.#links ??= new Map(this.links().map((id, i) => [id, texts[i] as string]));
    return this.#links;
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
export interface CarriedRecords {
  readonly packed: PackedIndex;
  readonly ids: readonly number[];
}

/** Packs records; a record's id is its place in the array, and behind that in the list of carried ones. */
export function packIndex(records: readonly IndexRecord[], tick: bigint, carried?: CarriedRecords): Uint8Array {
  const count = records.length + (carried?.ids.length ?? 0);
  const at = layoutOf(count);
  const { packed, ids = [] } = carried ?? {};
  const paths = [...records.map(({ path }) => path), ...ids.map((id) => packed?.path(id) as string)];
  const carriedLinks = ids.filter((id) => packed?.type(id) === "symlink").map((id) => packed?.link(id) as string);
  const links = [...records.flatMap(({ text }) => text ?? []), ...carriedLinks];
  const names = Buffer.from(paths.join(""));
  const texts = Buffer.from(links.join("\0"));
  const length = names.length + texts.length;
  const bytes = new Uint8Array(at.text + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, count, true);
  view.setUint32(4, length, true);
  view.setBigInt64(8, tick, true);
  const columns = columnsOf(bytes.buffer, 0, count);
  records.forEach((record, id) => {
    setRecord(columns, id, record);
  });
  packed?.copyTo(columns, ids, records.length);
  fillTable(columns.table, paths);
  fillEnds(columns.ends, paths);
  bytes.set(names, at.text);
  bytes.set(texts, at.text + names.length);
  return bytes;
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
