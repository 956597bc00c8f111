import { RemoteError } from "./backend.ts";

/** What an entry under `/ac` leads to. */
export interface BazelEntry {
  /** The bytes themselves, where they are few. */
  readonly inline?: Buffer;
  /** The SHA-256 under `/cas` of the bytes, where they are many. */
  readonly sha256?: string;
  /** How many bytes there are. */
  readonly size: number;
}

/** The fields of Bazel's messages that inc writes: of `ActionResult`, of `OutputFile` in it, and of `Digest` in that. */
const RESULT = { outputFiles: 2, stdout: 5 };
const FILE = { path: 1, digest: 2 };
const DIGEST = { hash: 1, size: 2 };

/** How protobuf writes a value, in the lowest three bits of a field's key. */
const VARINT = 0;
const EIGHT_BYTES = 1;
const BYTES = 2;
const FOUR_BYTES = 5;

/**
 * An entry as Bazel's message `ActionResult`, since servers look whether it is one: few bytes are its standard output, many
 * are an output file, which a server that looks more closely has to have before it gives the entry away.
 * @param path Names the file, with its BLAKE3: for people who look at the server.
 */
export function encodeEntry({ inline, sha256, size }: BazelEntry, path: string): Buffer {
  if (inline !== undefined) return bytesField(RESULT.stdout, inline);
  const digest = Buffer.concat([
    bytesField(DIGEST.hash, Buffer.from(sha256 ?? "")),
    varint(key(DIGEST.size, VARINT)),
    varint(size),
  ]);
  const file = Buffer.concat([bytesField(FILE.path, Buffer.from(path)), bytesField(FILE.digest, digest)]);
  return bytesField(RESULT.outputFiles, file);
}

/** Throws when it is no entry that inc wrote. Servers add fields of their own, such as which machine it came from. */
export function decodeEntry(bytes: Buffer): BazelEntry {
  const result = fieldsOf(bytes);
  const file = result.get(RESULT.outputFiles);
  if (file === undefined) {
    const inline = bytesOf(result.get(RESULT.stdout));
    return { inline, size: inline.length };
  }
  const digest = fieldsOf(bytesOf(fieldsOf(bytesOf(file)).get(FILE.digest)));
  const sha256 = bytesOf(digest.get(DIGEST.hash)).toString("latin1");
  const size = digest.get(DIGEST.size);
  if (!/^[0-9a-f]{64}$/.test(sha256) || typeof size !== "number") return refuse();
  return { sha256, size };
}

function key(field: number, type: number): number {
  return field * 8 + type;
}

function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(key(field, BYTES)), varint(bytes.length), bytes]);
}

/** Seven bits in each byte, the lowest first; all but the last have the eighth bit set. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

type Fields = ReadonlyMap<number, Buffer | number>;

/** The fields of a message; of one that occurs more than once, the last. */
function fieldsOf(bytes: Buffer): Fields {
  const fields = new Map<number, Buffer | number>();
  const at = { byte: 0 };
  while (at.byte < bytes.length) {
    const tag = readVarint(bytes, at);
    const type = tag % 8;
    const field = Math.floor(tag / 8);
    if (type === VARINT) fields.set(field, readVarint(bytes, at));
    else if (type === BYTES) fields.set(field, take(bytes, at, readVarint(bytes, at)));
    else if (type === EIGHT_BYTES || type === FOUR_BYTES) take(bytes, at, type === EIGHT_BYTES ? 8 : 4);
    else refuse();
  }
  return fields;
}

interface Position {
  byte: number;
}

function readVarint(bytes: Buffer, at: Position): number {
  let value = 0;
  for (let unit = 1; ; unit *= 0x80) {
    const byte = bytes[at.byte];
    if (byte === undefined || unit > 2 ** 63) return refuse();
    at.byte += 1;
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) return value;
  }
}

function take(bytes: Buffer, at: Position, length: number): Buffer {
  if (length > bytes.length - at.byte) return refuse();
  at.byte += length;
  return bytes.subarray(at.byte - length, at.byte);
}

function bytesOf(value: Buffer | number | undefined): Buffer {
  return value instanceof Buffer ? value : refuse();
}

function refuse(): never {
  throw new RemoteError("damaged", "gave an entry that no inc wrote");
}
