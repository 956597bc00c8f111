/** Bytes of small files that are held at once: reading them again costs more than holding them. */
const MOST_BYTES = 32 * 1024 * 1024;

/** The bytes of small files as they were digested, for whatever stores them next. */
export class SmallBytes {
  readonly #bytes = new Map<string, Buffer>();
  #left = MOST_BYTES;

  hold(path: string, bytes: Uint8Array): void {
    if (bytes.length > this.#left) return;
    this.#bytes.set(path, Buffer.from(bytes));
    this.#left -= bytes.length;
  }

  /** Gives them away; undefined: they are not at hand. */
  take(path: string): Buffer | undefined {
    const bytes = this.#bytes.get(path);
    this.#left += bytes?.length ?? 0;
    this.#bytes.delete(path);
    return bytes;
  }
}
