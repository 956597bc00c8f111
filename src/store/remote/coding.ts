import { readSync } from "node:fs";
import { RemoteError } from "./backends/backend.ts";

/** The first byte of a blob in a remote store says how the others are written. */
export const AS_IT_IS = Buffer.of(0);
const ZSTD = Buffer.of(1);

/** A level at which zstd is faster than most networks and disks. */
const LEVEL = 3;
/** Bytes at the beginning of a large blob by which its compression is judged. */
const SAMPLE = 256 * 1024;
/** Compression pays from this share of the size on. */
const PAYS = 0.9;
/** Bytes that a stream of compressed ones gives at once. */
const PIECE = 128 * 1024;
/** Shorter ones are not compressed: the answer takes more than they do. */
const SMALLEST = 256;

type Pieces = AsyncIterable<Uint8Array>;

/** A small blob as it is stored, whole. */
export function encodeSmall(bytes: Uint8Array): Buffer {
  return bytes.length < SMALLEST ? asItIs(bytes) : shorterOf(bytes, compressed(bytes));
}

/** As `encodeSmall` does it, in another thread. */
export async function encodeApart(bytes: Uint8Array): Promise<Buffer> {
  if (bytes.length < SMALLEST) return asItIs(bytes);
  const { zstdCompress } = process.getBuiltinModule("node:zlib");
  const packed = await new Promise<Buffer>((resolve, reject) => {
    zstdCompress(bytes, options(bytes.length), (error, result) => (error === null ? resolve(result) : reject(error)));
  });
  return shorterOf(bytes, packed);
}

/** A small blob as it was. Throws when it has another size than was announced. */
export function decodeSmall(stored: Buffer, size: number): Buffer {
  const bytes = unpackedSmall(stored, size);
  if (bytes.length === size) return bytes;
  throw new RemoteError("damaged", "gave fewer bytes than its record announces");
}

/** A whole of which the size is not known. @param most Bytes; it throws when there are more. */
export function unpackedSmall(stored: Buffer, most: number): Buffer {
  const rest = stored.subarray(1);
  if (stored[0] === AS_IT_IS[0]) {
    if (rest.length <= most) return rest;
    throw new RemoteError("damaged", "gave more bytes than its record announces");
  }
  if (stored[0] !== ZSTD[0]) throw new RemoteError("damaged", "gave bytes that no inc wrote");
  try {
    // The limit has to be above 0.
    return process.getBuiltinModule("node:zlib").zstdDecompressSync(rest, { maxOutputLength: Math.max(1, most) });
  } catch {
    throw new RemoteError("damaged", "gave bytes that cannot be unpacked");
  }
}

/** What is stored as it is, with the byte that says so. */
export function asItIs(bytes: Uint8Array): Buffer {
  return Buffer.concat([AS_IT_IS, bytes]);
}

function shorterOf(bytes: Uint8Array, packed: Uint8Array): Buffer {
  return packed.length < bytes.length * PAYS ? Buffer.concat([ZSTD, packed]) : asItIs(bytes);
}

/** True when the beginning of an open file says that the whole will be much shorter. */
export function isCompressible(file: number): boolean {
  const sample = Buffer.allocUnsafe(SAMPLE);
  const length = readSync(file, sample, 0, SAMPLE, 0);
  return compressed(sample.subarray(0, length)).length < length * PAYS;
}

/** A large blob as it is stored. @param compress What `isCompressible` says. */
export async function* encodeLarge(bytes: Pieces, compress: boolean): Pieces {
  yield compress ? ZSTD : AS_IT_IS;
  yield* compress ? throughZstd(bytes, "compress") : bytes;
}

/** The bytes of a blob. Throws when they are more than were announced: never unpacks what was packed to do harm. */
export async function* decode(stored: Pieces, size: number): Pieces {
  let length = 0;
  for await (const bytes of unpacked(stored)) {
    length += bytes.length;
    if (length > size) throw new RemoteError("damaged", "gave more bytes than its record announces");
    yield bytes;
  }
  if (length < size) throw new RemoteError("damaged", "gave fewer bytes than its record announces");
}

/** The bytes of a blob, of whatever size. */
export async function* unpacked(stored: Pieces): Pieces {
  const pieces = stored[Symbol.asyncIterator]();
  let first = await pieces.next();
  while (first.done !== true && first.value.length === 0) first = await pieces.next();
  const tag = first.done === true ? undefined : first.value[0];
  if (first.done === true || (tag !== AS_IT_IS[0] && tag !== ZSTD[0]))
    throw new RemoteError("damaged", "gave bytes that no inc wrote");
  const rest = restOf(first.value.subarray(1), pieces);
  yield* tag === AS_IT_IS[0] ? rest : throughZstd(rest, "decompress");
}

async function* restOf(first: Uint8Array, pieces: AsyncIterator<Uint8Array>): Pieces {
  try {
    if (first.length > 0) yield first;
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
  } finally {
    await pieces.return?.();
  }
}

async function* throughZstd(bytes: Pieces, way: "compress" | "decompress"): Pieces {
  // Loaded here: most runs share nothing.
  const zlib = process.getBuiltinModule("node:zlib");
  const { Readable, pipeline } = process.getBuiltinModule("node:stream");
  const coder = way === "compress" ? zlib.createZstdCompress(options(PIECE)) : zlib.createZstdDecompress();
  // The error of either side ends the other, and is thrown by the loop below.
  const source = Readable.from(bytes, { objectMode: true });
  pipeline(source, coder, () => {});
  let failure: unknown;
  source.once("error", (error) => {
    failure = error;
  });
  try {
    yield* coder as Pieces;
  } catch (error) {
    if (failure !== undefined) throw failure;
    throw way === "compress" ? error : new RemoteError("damaged", "gave bytes that cannot be unpacked");
  } finally {
    coder.destroy();
  }
}

function compressed(bytes: Uint8Array): Buffer {
  return process.getBuiltinModule("node:zlib").zstdCompressSync(bytes, options(bytes.length));
}

/** @param chunk Bytes of the memory that is filled at once; too little of it costs more than what it holds. */
function options(chunk: number): import("node:zlib").ZstdOptions {
  const { constants } = process.getBuiltinModule("node:zlib");
  const chunkSize = Math.max(constants.Z_MIN_CHUNK, chunk);
  return { chunkSize, params: { [constants.ZSTD_c_compressionLevel]: LEVEL } };
}
