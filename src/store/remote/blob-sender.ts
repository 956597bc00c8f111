import { closeSync, createReadStream, fstatSync, openSync } from "node:fs";
import type { Digest } from "../../model/digest.ts";
import { type Blobs, SMALL_BLOB } from "../blobs/blobs.ts";
import { atOnce } from "./at-once.ts";
import type { Outgoing } from "./backends/backend.ts";
import { AS_IT_IS, encodeLarge, encodeSmall, isCompressible } from "./coding.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Pack, SizedBlob } from "./packs/layout.ts";
import { makePack, type PackPlan } from "./packs/pack.ts";
import type { RemotePlace } from "./setting.ts";

/** Objects of one result that go at once. */
const OBJECTS = 4;
/** Names in one question for what is missing. */
export const BATCH = 256;
/** So few small blobs are sent without the question: what was just made is missing as a rule, and each answer takes time. */
const FEW = 4;
/** Bytes that are read of a file at once. */
const PIECE = 256 * 1024;

export interface Sending {
  readonly signal: AbortSignal;
  /** Follows how many bytes went. */
  readonly went: (bytes: number) => void;
}

/** A blob is damaged, or was evicted meanwhile: nothing is wrong with the remote store. */
export class Unsendable extends Error {}

/** Takes blobs of the store here to a remote store. */
export class BlobSender {
  readonly #setting: RemotePlace;
  readonly #knowledge: Knowledge;

  constructor(setting: RemotePlace, knowledge: Knowledge) {
    this.#setting = setting;
    this.#knowledge = knowledge;
  }

  /** Puts those that are not there, each as an object of its own. */
  async putAlone(alone: readonly SizedBlob[], blobs: Blobs, sending: Sending): Promise<void> {
    const asks = alone.length > FEW || alone.some(({ size }) => size >= SMALL_BLOB);
    for (let at = 0; at < alone.length; at += BATCH) {
      const digests = alone.slice(at, at + BATCH).map(({ digest }) => digest);
      const missing = await this.#missing(digests, asks, sending.signal);
      await atOnce(OBJECTS, missing, (digest) => this.#put(digest, blobs, sending));
    }
  }

  /** Makes the packs and puts those that are not there. Gives them in their order. */
  async putPacks(plans: PackPlan["packs"], blobs: Blobs, sending: Sending): Promise<readonly Pack[]> {
    const { backend, hasher } = this.#setting;
    const done: Pack[] = [];
    await atOnce(OBJECTS, plans.entries(), async ([at, frames]) => {
      const { pieces, ...pack } = await makePack(frames, (of) => readWhole(of, blobs), hasher);
      done[at] = pack;
      const { digest } = pack;
      const size = pieces.reduce((sum, { length }) => sum + length, 0);
      const [missing] = await this.#missing([digest], size >= SMALL_BLOB, sending.signal);
      if (missing === undefined) return;
      const name = { kind: "blob", digest } as const;
      const content = inPieces([AS_IT_IS, ...pieces], sending.went);
      await backend.put(name, content, this.#knowledge.isDamaged(name), sending.signal);
      this.#knowledge.present(digest);
    });
    return done;
  }

  /** @param asks False: those that are not known to be there are taken for missing. */
  async #missing(digests: readonly Digest[], asks: boolean, signal: AbortSignal): Promise<readonly Digest[]> {
    const unsure = (asks ? digests : []).filter(
      (digest) => !this.#knowledge.isPresent(digest) && !this.#knowledge.isDamaged({ kind: "blob", digest }),
    );
    const missing = new Set(unsure.length === 0 ? [] : await this.#setting.backend.missing(unsure, signal));
    for (const digest of unsure) if (!missing.has(digest)) this.#knowledge.present(digest);
    return digests.filter((digest) => !this.#knowledge.isPresent(digest));
  }

  async #put(digest: Digest, blobs: Blobs, { signal, went }: Sending): Promise<void> {
    const name = { kind: "blob", digest } as const;
    const source = blobs.source(digest);
    if (source === undefined) throw new Unsendable();
    const content = typeof source === "string" ? this.#file(source, digest, went) : whole(encodeSmall(source), went);
    await this.#setting.backend.put(name, content, this.#knowledge.isDamaged(name), signal);
    this.#knowledge.present(digest);
  }

  #file(path: string, digest: Digest, went: Sending["went"]): Outgoing {
    const file = openSync(path, "r");
    let compress: boolean;
    let size: number;
    try {
      compress = isCompressible(file);
      size = fstatSync(file).size;
    } finally {
      closeSync(file);
    }
    const bytes = () => encodeLarge(this.#verified(path, digest, went), compress);
    // One byte says how the others are written.
    return compress ? { bytes } : { bytes, size: size + 1 };
  }

  /** The bytes of a blob's file. The last of them come only when all are known to be sound. */
  async *#verified(path: string, digest: Digest, went: Sending["went"]): AsyncIterable<Uint8Array> {
    const hash = this.#setting.hasher.incremental();
    let held: Buffer | undefined;
    let isSound = false;
    try {
      for await (const bytes of createReadStream(path, { highWaterMark: PIECE }) as AsyncIterable<Buffer>) {
        if (held !== undefined) yield held;
        hash.update(bytes);
        went(bytes.length);
        held = bytes;
      }
    } finally {
      isSound = hash.digest() === digest;
    }
    if (!isSound) throw new Unsendable();
    if (held !== undefined) yield held;
  }
}

/** Verified bytes. */
export function readWhole(digest: Digest, blobs: Blobs): Buffer {
  const bytes = blobs.read(digest);
  if (bytes === undefined) throw new Unsendable();
  return bytes;
}

/** Bytes of a blob. */
export function sizeOf(blobs: Blobs, digest: Digest): number {
  const source = blobs.source(digest);
  if (source === undefined) throw new Unsendable();
  if (typeof source !== "string") return source.length;
  const file = openSync(source, "r");
  try {
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}

/** Bytes that are in memory. */
export function whole(bytes: Buffer, went: Sending["went"]): Outgoing {
  const count = Math.ceil(bytes.length / PIECE);
  // A slow connection takes each piece in time.
  const pieces = Array.from({ length: count }, (_, i) => bytes.subarray(i * PIECE, (i + 1) * PIECE));
  return inPieces(pieces, went);
}

function inPieces(pieces: readonly Buffer[], went: Sending["went"]): Outgoing {
  return {
    size: pieces.reduce((sum, { length }) => sum + length, 0),
    bytes: async function* () {
      for (const piece of pieces) {
        yield piece;
        went(piece.length);
      }
    },
  };
}
