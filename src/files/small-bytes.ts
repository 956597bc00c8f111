import type { Digest } from "../model/digest.ts";

/** The most bytes that are held. Holding them costs less than reading the files again. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Bytes with their digest. */
export interface Digested {
  readonly bytes: Buffer;
  readonly digest: Digest;
}

/** Holds the bytes of small files from their digesting until they are stored, so that no file is read or digested twice. */
export class SmallBytes {
  readonly #held = new Map<string, Digested>();
  #left = MOST_BYTES;

  /** A copy of bytes that are to be held. Undefined: no more are held. */
  copy(bytes: Uint8Array): Buffer | undefined {
    // In memory of its own: a part of one of Node's pools would hold the whole pool.
    return bytes.length > this.#left ? undefined : Buffer.from(new Uint8Array(bytes).buffer);
  }

  hold(path: string, digested: Digested): void {
    this.#held.set(path, digested);
    this.#left -= digested.bytes.length;
  }

  /** Gives the bytes of a file, and no longer holds them. Undefined: they are not held. */
  take(path: string): Digested | undefined {
    const digested = this.#held.get(path);
    if (digested === undefined) return undefined;
    this.#left += digested.bytes.length;
    this.#held.delete(path);
    return digested;
  }
}
