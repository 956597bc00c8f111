import { createHash } from "node:crypto";
import { hasher } from "../../../host/files/hash.ts";
import type { Digest } from "../../../model/digest.ts";
import { type Backend, type Incoming, type Outgoing, pathInRemote, RemoteError, type RemoteName } from "./backend.ts";
import { type BazelEntry, decodeEntry, encodeEntry } from "./bazel-entry.ts";
import type { HttpObjects } from "./http-objects.ts";

/** The longest object that is part of its entry, in bytes. */
const INLINE = 64 * 1024;
/** The longest entry, with what a server adds. */
const LONGEST_ENTRY = 2 * INLINE;

/**
 * A server of Bazel's cache over HTTP, such as bazel-remote: `/cas/SHA256` holds bytes, which it digests, and `/ac/KEY` entries
 * of Bazel's form. Each object has an entry, under a key made of its path elsewhere; a long one is under `/cas`, and its
 * entry names the SHA-256. What counts is still BLAKE3, by which whoever reads checks the bytes.
 */
export class BazelBackend implements Backend {
  readonly address: string;
  readonly #objects: HttpObjects;
  /** Keys of entries whose bytes are gone: only a server that does not look into its entries gives those away. */
  readonly #hollow = new Set<string>();

  constructor(address: string, objects: HttpObjects) {
    this.address = address;
    this.#objects = objects;
  }

  async get(name: RemoteName, from: number, signal: AbortSignal): Promise<Incoming | undefined> {
    const place = placeOf(name);
    const incoming = await this.#objects.get(place, 0, signal);
    if (incoming === undefined) return undefined;
    const { inline, sha256 } = decodeEntry(await gathered(incoming.bytes));
    if (inline !== undefined) return part(inline, from);
    const long = await this.#objects.get(`cas/${sha256}`, from, signal);
    if (long === undefined) this.#hollow.add(place);
    return long;
  }

  async put(name: RemoteName, content: Outgoing, replaces: boolean, signal: AbortSignal): Promise<void> {
    const place = placeOf(name);
    const entry = await entryOf(content);
    if (entry.sha256 !== undefined) {
      const long = `cas/${entry.sha256}`;
      // The server has to know the name and the length before the bytes, so they are made twice.
      if (!(await this.#objects.has(long, signal)))
        await this.#objects.put(long, { ...content, size: entry.size }, true, signal);
    }
    const bytes = encodeEntry(entry, pathInRemote(name));
    await this.#objects.put(place, { size: bytes.length, bytes: () => once(bytes) }, replaces, signal);
    this.#hollow.delete(place);
  }

  async missing(digests: readonly Digest[], signal: AbortSignal): Promise<readonly Digest[]> {
    const places = digests.map((digest) => placeOf({ kind: "blob", digest }));
    const isThere = await Promise.all(
      places.map(async (place) => !this.#hollow.has(place) && (await this.#objects.has(place, signal))),
    );
    return digests.filter((_, i) => !isThere[i]);
  }

  close(): void {
    this.#objects.close();
  }
}

function part(bytes: Buffer, from: number): Incoming {
  return { size: Math.max(0, bytes.length - from), isResumable: true, bytes: once(bytes.subarray(from)) };
}

/** No action of Bazel has this key: theirs are digests of messages. */
function placeOf(name: RemoteName): string {
  return `ac/${hasher.digest(Buffer.from(`inc ${pathInRemote(name)}`))}`;
}

async function entryOf({ size, bytes }: Outgoing): Promise<BazelEntry> {
  if (size !== undefined && size <= INLINE) return { inline: await gathered(bytes()), size };
  const hash = createHash("sha256");
  let length = 0;
  for await (const piece of bytes()) {
    hash.update(piece);
    length += piece.length;
  }
  return { sha256: hash.digest("hex"), size: length };
}

async function gathered(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > LONGEST_ENTRY) throw new RemoteError("damaged", "gave an entry without end");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function* once(bytes: Buffer): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
