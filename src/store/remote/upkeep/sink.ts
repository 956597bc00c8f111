import type { Hasher } from "../../../host/files/host.ts";
import type { Digest } from "../../../model/digest.ts";
import type { BlobSink } from "../../blobs/blobs.ts";

/** Takes blobs only to see whether they are what they should be; holds the listings among them. */
export class Sink implements BlobSink {
  /** Those that came, and were sound. */
  readonly passed = new Set<Digest>();
  readonly #hasher: Hasher;
  readonly #listings: ReadonlySet<Digest>;
  readonly #isKnown: (digest: Digest) => boolean;
  readonly #held = new Map<Digest, Buffer>();

  /** @param isKnown True of blobs that need not come. */
  constructor(hasher: Hasher, listings: ReadonlySet<Digest>, isKnown: (digest: Digest) => boolean) {
    this.#hasher = hasher;
    this.#listings = listings;
    this.#isKnown = isKnown;
  }

  has(digest: Digest): boolean {
    return this.passed.has(digest) || this.#isKnown(digest);
  }

  hasSmall(digest: Digest): boolean {
    return this.has(digest);
  }

  read(digest: Digest): Buffer | undefined {
    return this.#held.get(digest);
  }

  putIfSound(bytes: Uint8Array, digest: Digest): boolean {
    return this.#pass(this.#hasher.digest(bytes), digest, [bytes]);
  }

  async putStream(bytes: AsyncIterable<Uint8Array>, digest: Digest): Promise<boolean> {
    const hash = this.#hasher.incremental();
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) {
      hash.update(piece);
      if (this.#listings.has(digest)) pieces.push(piece);
    }
    return this.#pass(hash.digest(), digest, pieces);
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  #pass(actual: Digest, digest: Digest, pieces: readonly Uint8Array[]): boolean {
    if (actual !== digest) return false;
    this.passed.add(digest);
    if (this.#listings.has(digest)) this.#held.set(digest, Buffer.concat(pieces));
    return true;
  }
}
