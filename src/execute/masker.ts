const MASK = Buffer.from("***");

/**
 * Puts `***` in the place of every secret in a stream of bytes, however the stream is cut into pieces. Where secrets overlap
 * or one contains another, all that any of them covers is masked. Bytes are held back only as long as they may be the
 * beginning of a secret.
 */
export class Masker {
  readonly #secrets: readonly Buffer[];
  #held: Buffer = Buffer.alloc(0);
  /** How many of the held bytes belong to a secret whose mask has gone out already. */
  #covered = 0;

  /** @param secrets None of them empty. */
  constructor(secrets: readonly Buffer[]) {
    this.#secrets = secrets;
  }

  /** Takes bytes of the stream; gives, masked, what can no longer be part of an unknown secret. */
  push(bytes: Buffer): Buffer {
    const text = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    return this.#emit(text, this.#undecidedFrom(text));
  }

  /** Ends the stream; gives what was held back, masked. */
  end(): Buffer {
    return this.#emit(this.#held, this.#held.length);
  }

  #emit(text: Buffer, limit: number): Buffer {
    const pieces: Buffer[] = [];
    let masked = this.#covered;
    for (const [start, end] of this.#matches(text)) {
      if (start >= limit) break;
      if (start >= masked) pieces.push(text.subarray(masked, start), MASK);
      masked = Math.max(masked, end);
    }
    if (masked < limit) pieces.push(text.subarray(masked, limit));
    // The caller may reuse its buffer.
    this.#held = Buffer.from(text.subarray(limit));
    this.#covered = Math.max(0, masked - limit);
    return Buffer.concat(pieces);
  }

  #matches(text: Buffer): readonly (readonly [start: number, end: number])[] {
    const found: [number, number][] = [];
    for (const secret of this.#secrets)
      for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1))
        found.push([at, at + secret.length]);
    return found.sort(([a, aEnd], [b, bEnd]) => a - b || bEnd - aEnd);
  }

  /** The first place where a secret may have begun whose end has not come yet. */
  #undecidedFrom(text: Buffer): number {
    return Math.min(...this.#secrets.map((secret) => partialFrom(text, secret)), text.length);
  }
}

function partialFrom(text: Buffer, secret: Buffer): number {
  for (let at = Math.max(0, text.length - secret.length + 1); at < text.length; at += 1)
    if (text[at] === secret[0] && text.compare(secret, 0, text.length - at, at) === 0) return at;
  return text.length;
}
