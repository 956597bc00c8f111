import type { Digest } from "../../model/digest.ts";
import type { BlobSink } from "../blobs/blobs.ts";
import { type Backend, type Incoming, RemoteError, type RemoteName } from "./backends/backend.ts";
import { ANSWER, unstalled, within } from "./backends/patience.ts";
import { decode, unpacked } from "./coding.ts";
import { LONGEST_RECORD } from "./envelope.ts";
import type { Pack, SizedBlob } from "./packs/layout.ts";
import { type Span, unpackFrames } from "./packs/unpack.ts";

/** A connection that is cut after it brought so many bytes was worth to be made, however many there were. */
const WORTH = 1024 * 1024;
/** How many others may follow each other for one object. */
const CUTS = 4;

/** How bytes come. */
export interface Transfer {
  readonly signal: AbortSignal;
  /** Follows how many came. */
  readonly came: (bytes: number) => void;
  /** Follows how long this process worked on what came and is of no use, in milliseconds. Absent: that does not count. */
  readonly wasted?: (time: number) => void;
}

/** Reads what is whole and what it should be, or nothing. */
export class Connection {
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** The bytes of a record. Undefined: there is none. */
  async record(name: RemoteName, signal: AbortSignal): Promise<Buffer | undefined> {
    const incoming = await this.#answer(name, signal);
    // As a whole within the limit of a look-up: what drips is as bad as what hangs.
    return incoming === undefined ? undefined : within(wholeRecord(incoming), ANSWER, signal);
  }

  /** Resolves once the store has answered, with what takes the rest of a long record. Undefined: there is none. */
  async begin(name: RemoteName, signal: AbortSignal): Promise<{ rest(): Promise<Buffer> } | undefined> {
    const incoming = await this.#answer(name, signal);
    if (incoming === undefined) return undefined;
    return { rest: () => wholeRecord({ ...incoming, bytes: unstalled(incoming.bytes, signal) }) };
  }

  #answer(name: RemoteName, signal: AbortSignal): Promise<Incoming | undefined> {
    return within(this.#backend.get(name, 0, signal), ANSWER, signal);
  }

  /** Brings a blob into the store. False: there is none. */
  async blob({ digest, size }: SizedBlob, blobs: BlobSink, transfer: Transfer): Promise<boolean> {
    const stored = await this.stored(digest, 0, transfer);
    if (stored === undefined) return false;
    if (await blobs.putStream(decode(stored, size), digest, size)) return true;
    throw new RemoteError("damaged", "gave other bytes than it was asked for");
  }

  /** Brings what some frames of a pack hold into the store. False: there is no such pack. */
  async pack({ digest }: Pack, { from, frames }: Span, blobs: BlobSink, transfer: Transfer): Promise<boolean> {
    // The first byte says how the others are written; a pack is never compressed as a whole.
    const stored = await this.stored(digest, from === 0 ? 0 : from + 1, transfer);
    if (stored === undefined) return false;
    await unpackFrames(from === 0 ? unpacked(stored) : stored, frames, blobs);
    return true;
  }

  /** The bytes of an object as they are stored. Where the backend can, it is asked for the rest when they are cut off. */
  async stored(
    digest: Digest,
    from: number,
    { signal, came }: Transfer,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const get = (at: number): Promise<Incoming | undefined> =>
      within(this.#backend.get({ kind: "blob", digest }, at, signal), ANSWER, signal);
    const first = await get(from);
    if (first === undefined) return undefined;
    return (async function* () {
      let at = from;
      let cuts = 0;
      for (let incoming: Incoming | undefined = first; incoming !== undefined; incoming = await get(at)) {
        const begun = at;
        let cut: unknown;
        try {
          for await (const bytes of unstalled(incoming.bytes, signal)) {
            at += bytes.length;
            came(bytes.length);
            yield bytes;
          }
          if (incoming.size === undefined || at >= begun + incoming.size) return;
        } catch (error) {
          cut = error;
        }
        cuts = at - begun < WORTH ? cuts + 1 : 0;
        if (incoming.isResumable && at > begun && cuts <= CUTS && !signal.aborted) continue;
        throw cut ?? new RemoteError("damaged", "gave a blob that is cut off");
      }
      throw new RemoteError("damaged", "lost a blob while it gave it");
    })();
  }
}

async function wholeRecord({ bytes, size }: Incoming): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > LONGEST_RECORD) throw new RemoteError("damaged", "gave a record without end");
    pieces.push(piece);
  }
  if (size !== undefined && length < size) throw new RemoteError("damaged", "gave a record that is cut off");
  return Buffer.concat(pieces);
}
