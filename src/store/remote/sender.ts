import { closeSync, createReadStream, fstatSync, openSync } from "node:fs";
import { staticFingerprint } from "../../fingerprint/fingerprint.ts";
import type { Digest } from "../../model/digest.ts";
import { type Blobs, SMALL_BLOB } from "../blobs/blobs.ts";
import { atOnce } from "./at-once.ts";
import { type Outgoing, RemoteError, type RemoteName } from "./backends/backend.ts";
import { encodeLarge, encodeSmall, isCompressible } from "./coding.ts";
import { Connection } from "./connection.ts";
import { type Envelope, seal, unseal } from "./envelope.ts";
import type { Knowledge } from "./knowledge.ts";
import { checkListing } from "./parse.ts";
import type { SharedResult } from "./remote.ts";
import type { RemoteSetting } from "./setting.ts";
import { foundPayload, parseFound, parseResult, type RecordPlace, resultPayload, sizesOf } from "./shared-record.ts";
import { distrust } from "./trust/signing.ts";

/** Blobs of one result that go at once. */
const BLOBS = 4;
/** Names in one question for what is missing. */
const BATCH = 256;
/** So few small blobs are sent without the question: what was just made is missing as a rule, and each answer takes time. */
const FEW = 4;
/** Bytes that are read of a file at once. */
const PIECE = 256 * 1024;

/** Takes one result to a remote store: first its blobs, then its record, so that a record never names what is not there. */
export class Sender {
  readonly #setting: RemoteSetting;
  readonly #knowledge: Knowledge;
  readonly #connection: Connection;

  constructor(setting: RemoteSetting, knowledge: Knowledge) {
    this.#setting = setting;
    this.#knowledge = knowledge;
    this.#connection = new Connection(setting.backend);
  }

  /**
   * Nothing is sent of a result that readers would refuse.
   * @param went Follows how many bytes went.
   */
  async send(made: SharedResult, blobs: Blobs, scope: string, { signal, went }: Sending): Promise<void> {
    const { builder, signer, backend } = this.#setting;
    const { fingerprint } = made.entry;
    const sizes = sizesOf(made, (digest) => sizeOf(blobs, digest));
    const sealed = seal(resultPayload(made, { sizes }, scope, builder), signer);
    parseResult(unseal(sealed), { scope, fingerprint }, backend.address);
    const digests = digestsOf(made, blobs);
    const asks = digests.length > FEW || made.entry.outputs.some(({ size }) => size >= SMALL_BLOB);
    for (let at = 0; at < digests.length; at += BATCH) {
      const missing = await this.#missing(digests.slice(at, at + BATCH), asks, signal);
      await atOnce(BLOBS, missing, (digest) => this.#put(digest, blobs, { signal, went }));
    }
    const replaces = made.replaces || !(await this.#isSound({ scope, fingerprint }, signal));
    await backend.put({ kind: "record", scope, fingerprint }, whole(sealed), replaces, signal);
    went(sealed.length);
    if (made.record.description.found !== undefined) await this.#list(made, scope, signal);
  }

  /**
   * False when what is there under a fingerprint is to be replaced. The one of a task with depfiles is known only after it
   * ran, so no look-up has been there.
   */
  async #isSound(place: RecordPlace, signal: AbortSignal): Promise<boolean> {
    const name = { kind: "record", ...place } as const;
    if (this.#knowledge.isDamaged(name)) return false;
    if (this.#knowledge.isExamined(name)) return true;
    const { keys, backend } = this.#setting;
    const check = (envelope: Envelope): boolean =>
      isTrusted(envelope, place, keys) && parseResult(envelope, place, backend.address) !== undefined;
    return (await this.#readable(name, check, signal)) !== false;
  }

  /** Adds the found inputs to those that are listed. Two writers at once may lose a set, which costs a miss. */
  async #list({ record }: SharedResult, scope: string, signal: AbortSignal): Promise<void> {
    const { backend, signer, hasher, keys } = this.#setting;
    const place = { scope, fingerprint: staticFingerprint(record.description, hasher) };
    const name = { kind: "record", ...place } as const;
    const paths = Object.keys(record.description.found ?? {});
    const trusted = (envelope: Envelope): readonly (readonly string[])[] | false =>
      isTrusted(envelope, place, keys) && parseFound(envelope, place);
    const listed = (await this.#readable(name, trusted, signal)) || [];
    const text = JSON.stringify(paths);
    if (listed.some((set) => JSON.stringify(set) === text)) return;
    await backend.put(name, whole(seal(foundPayload([paths, ...listed], place), signer)), true, signal);
  }

  /** What is there, read. Undefined: there is nothing; false: it is damaged, or not what is wanted. */
  async #readable<T>(
    name: RemoteName,
    read: (envelope: Envelope) => T | false,
    signal: AbortSignal,
  ): Promise<T | false | undefined> {
    try {
      const bytes = await this.#connection.record(name, signal);
      return bytes === undefined ? undefined : read(unseal(bytes));
    } catch (error) {
      if (error instanceof RemoteError && error.trouble === "damaged") return false;
      throw error;
    }
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
    const content = typeof source === "string" ? this.#file(source, digest, went) : whole(encodeSmall(source));
    await this.#setting.backend.put(name, content, this.#knowledge.isDamaged(name), signal);
    if (typeof source !== "string") went(source.length);
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

interface Sending {
  readonly signal: AbortSignal;
  readonly went: (bytes: number) => void;
}

/** A blob is damaged, or was evicted meanwhile: nothing is wrong with the remote store. */
export class Unsendable extends Error {}

/** Every blob of a result, each once. Throws where readers would refuse a directory. */
function digestsOf({ entry }: SharedResult, blobs: Blobs): readonly Digest[] {
  const digests = new Set<Digest>(entry.log === undefined ? [] : [entry.log]);
  for (const artifact of entry.outputs) {
    const { identity } = artifact;
    if (identity.type === "symlink") continue;
    digests.add(identity.digest);
    if (identity.type !== "directory") continue;
    const bytes = blobs.read(identity.digest);
    if (bytes === undefined) throw new Unsendable();
    for (const file of checkListing(bytes, artifact)) if (file.type === "file") digests.add(file.digest);
  }
  return [...digests];
}

function sizeOf(blobs: Blobs, digest: Digest): number {
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

function whole(bytes: Buffer): Outgoing {
  return {
    size: bytes.length,
    bytes: async function* () {
      yield bytes;
    },
  };
}

function isTrusted(envelope: Envelope, { scope }: RecordPlace, keys: RemoteSetting["keys"]): boolean {
  return distrust(envelope, scope, keys) === undefined;
}
