import { staticFingerprint } from "../../fingerprint/fingerprint.ts";
import type { Digest } from "../../model/digest.ts";
import type { Entry } from "../../model/entry.ts";
import { sameIdentity } from "../../model/identity.ts";
import type { Blobs } from "../blobs/blobs.ts";
import { RemoteError, type RemoteName } from "./backends/backend.ts";
import { BATCH, BlobSender, readWhole, type Sending, sizeOf, whole } from "./blob-sender.ts";
import { Connection } from "./connection.ts";
import { listedBlobs, namedBlobs, objectsOf } from "./contents.ts";
import { type Envelope, seal, unseal } from "./envelope.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Pack, SizedBlob } from "./packs/layout.ts";
import { planPacks } from "./packs/pack.ts";
import { nodesOf, recentPayload, recentPlace } from "./recent/recent.ts";
import type { SharedResult } from "./remote.ts";
import type { RemotePlace } from "./setting.ts";
import {
  type FoundResult,
  foundPayload,
  parseFound,
  parseResult,
  type RecordPlace,
  resultPayload,
  type Sizes,
  sizesOf,
} from "./shared-record.ts";
import { distrust } from "./trust/signing.ts";

/** Takes one result to a remote store: first its blobs, then its record, so that a record never names what is not there. */
export class Sender {
  readonly #setting: RemotePlace;
  readonly #knowledge: Knowledge;
  readonly #connection: Connection;
  readonly #blobs: BlobSender;

  constructor(setting: RemotePlace, knowledge: Knowledge) {
    this.#setting = setting;
    this.#knowledge = knowledge;
    this.#connection = new Connection(setting.backend);
    this.#blobs = new BlobSender(setting, knowledge);
  }

  /** Nothing is sent of a result that readers would refuse. */
  async send(made: SharedResult, blobs: Blobs, scope: string, sending: Sending): Promise<void> {
    const { signer, backend, builder } = this.#setting;
    const { signal, went } = sending;
    const { fingerprint } = made.entry;
    const read = (digest: Digest): Buffer => readWhole(digest, blobs);
    const sizes = sizesOf(made, (digest) => sizeOf(blobs, digest));
    const contents = contentsOf(made, sizes, blobs);
    const { inline, packs, alone } = planPacks({ contents, log: made.entry.log, isText: (of) => of in sizes, read });
    const bytes = Buffer.concat(inline.map(({ digest }) => read(digest)));
    const record = (done: readonly Pack[]): Buffer =>
      seal(resultPayload(made, { sizes, packing: { inline, packs: done } }, scope, builder), bytes, signer);
    const draft = record([]);
    parseResult(unseal(draft) as Envelope, { scope, fingerprint }, backend.address);
    await this.#blobs.putAlone(alone, blobs, sending);
    const done = await this.#blobs.putPacks(packs, blobs, sending);
    const sealed = done.length === 0 ? draft : record(done);
    const replaces = made.replaces || !(await this.#isSound({ scope, fingerprint }, signal));
    await backend.put({ kind: "record", scope, fingerprint }, whole(sealed, went), replaces, signal);
    // Where another one is there already, that one is as good.
    this.#knowledge.sound("result", { scope, fingerprint }, sealed);
    if (made.record.description.found !== undefined) await this.#list(made, scope, sending);
  }

  /** Sends what is not there yet. False: nothing of it was missing. */
  async complete(made: SharedResult, blobs: Blobs, scope: string, sending: Sending): Promise<boolean> {
    if (!(await this.#isThere(made, blobs, scope, sending.signal))) {
      await this.send(made, blobs, scope, sending);
      return true;
    }
    if (made.record.description.found !== undefined) await this.#list(made, scope, sending);
    return false;
  }

  /** True when there is a sound record and, if it names the same outputs, every object that it needs. */
  async #isThere({ entry }: SharedResult, blobs: Blobs, scope: string, signal: AbortSignal): Promise<boolean> {
    const { keys, backend } = this.#setting;
    const place = { scope, fingerprint: entry.fingerprint };
    const name = { kind: "record", ...place } as const;
    let stored: Buffer | undefined;
    const read = (envelope: Envelope, bytes: Buffer): FoundResult | false => {
      stored = bytes;
      return isTrusted(envelope, place, keys) && parseResult(envelope, place, backend.address);
    };
    const there = await this.#readable(name, read, signal);
    this.#knowledge.examined(name);
    const isSound = there !== undefined && there !== false;
    // What the result of another attempt needs is not known here.
    const isOther = isSound && !sameOutputs(there.entry, entry);
    const isWhole = isOther || (isSound && (await this.#areThere(objectsOf(there, blobs), signal)));
    if (isWhole && stored !== undefined) this.#knowledge.sound("result", place, stored);
    if (there !== undefined && !isWhole) this.#knowledge.damaged(name);
    return isWhole;
  }

  async #areThere(objects: readonly Digest[], signal: AbortSignal): Promise<boolean> {
    for (let at = 0; at < objects.length; at += BATCH)
      if ((await this.#setting.backend.missing(objects.slice(at, at + BATCH), signal)).length > 0) return false;
    return true;
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
  async #list({ record }: SharedResult, scope: string, { signal, went }: Sending): Promise<void> {
    const { backend, signer, hasher, keys } = this.#setting;
    const place = { scope, fingerprint: staticFingerprint(record.description, hasher) };
    const name = { kind: "record", ...place } as const;
    const paths = Object.keys(record.description.found ?? {});
    let stored: Buffer | undefined;
    const trusted = (envelope: Envelope, bytes: Buffer): readonly (readonly string[])[] | false => {
      stored = bytes;
      return isTrusted(envelope, place, keys) && parseFound(envelope, place);
    };
    const listed = (await this.#readable(name, trusted, signal)) || [];
    const text = JSON.stringify(paths);
    if (stored !== undefined && listed.some((set) => JSON.stringify(set) === text))
      return this.#knowledge.sound("found", place, stored);
    const sealed = seal(foundPayload([paths, ...listed], place), Buffer.alloc(0), signer);
    await backend.put(name, whole(sealed, went), true, signal);
    this.#knowledge.sound("found", place, sealed);
  }

  /** Names a result that was sent as a recent one of its task: that only explains what others do not find. */
  async name({ entry, record, node }: SharedResult, scope: string, { signal, went }: Sending): Promise<void> {
    const { backend, signer, hasher } = this.#setting;
    const place = recentPlace(record, entry.fingerprint, scope, hasher);
    const recent = { result: entry.fingerprint, nodes: nodesOf(record.description, node) };
    const sealed = seal(recentPayload(recent, place), Buffer.alloc(0), signer);
    await backend.put({ kind: "record", ...place }, whole(sealed, went), true, signal);
  }

  /** What is there, read. Undefined: there is nothing; false: it is damaged, or not what is wanted. */
  async #readable<T>(
    name: RemoteName,
    read: (envelope: Envelope, bytes: Buffer) => T | false,
    signal: AbortSignal,
  ): Promise<T | false | undefined> {
    try {
      const bytes = await this.#connection.record(name, signal);
      if (bytes === undefined) return undefined;
      const envelope = unseal(bytes);
      return envelope === undefined ? false : read(envelope, bytes);
    } catch (error) {
      if (error instanceof RemoteError && error.trouble === "damaged") return false;
      throw error;
    }
  }
}

/**
 * Every blob of a result, each once. Listings come last: they change with each file, and a pack that is elsewhere in part is read
 * from its first missing blob on. Throws where readers would refuse a directory.
 */
function contentsOf({ entry }: SharedResult, sizes: Sizes["sizes"], blobs: Blobs): readonly SizedBlob[] {
  const all = [...listedBlobs(entry, blobs), ...namedBlobs(entry, sizes)];
  return [...new Map(all.map((blob) => [blob.digest, blob])).values()];
}

function isTrusted(envelope: Envelope, { scope }: RecordPlace, keys: RemotePlace["keys"]): boolean {
  return distrust(envelope, scope, keys) === undefined;
}

function sameOutputs(a: Entry, b: Entry): boolean {
  const isSame = a.log === b.log && a.outputs.length === b.outputs.length;
  return isSame && a.outputs.every(({ identity }, i) => sameIdentity(identity, b.outputs[i]?.identity));
}
