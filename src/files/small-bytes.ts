/** The most bytes that are held. Holding them costs less than reading the files again. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Holds the bytes of small files from their digesting until they are stored, so that no file is read twice. */
export class SmallBytes {
  readonly #bytes = new Map<string, Buffer>();
  #left = MOST_BYTES;

  hold(path: string, bytes: Uint8Array): void {
    if (bytes.length > this.#left) return;
    // In memory of its own: a part of one of Node's pools would hold the whole pool.
    this.#bytes.set(path, Buffer.from(new Uint8Array(bytes).buffer));
    this.#left -= bytes.length;
  }

  /** Gives the bytes of a file, and no longer holds them. Undefined: they are not held. */
  take(path: string): Buffer | undefined {
    const bytes = this.#bytes.get(path);
    this.#left += bytes?.length ?? 0;
    this.#bytes.delete(path);
    return bytes;
  }
}
