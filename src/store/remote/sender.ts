import { staticFingerprint } from "../../fingerprint/fingerprint.ts";
import type { Digest } from "../../model/digest.ts";
import type { Entry } from "../../model/entry.ts";
import { sameIdentity } from "../../model/identity.ts";
import type { Blobs } from "../blobs/blobs.ts";
import { RemoteError } from "./backends/backend.ts";
import { BATCH, BlobSender, readWhole, type Sending, sizeOf, whole } from "./blob-sender.ts";
import { renewMark } from "./bundles/mark.ts";
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

/** A record that is there, and how it is stored. */
interface Stored<T> {
  readonly content: T;
  readonly bytes: Buffer;
}

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
    // Bundles hold copies of the one that was there.
    if (made.replaces && backend.notesUse !== true) await renewMark(this.#setting, scope, sending);
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
  async #isThere(made: SharedResult, blobs: Blobs, scope: string, signal: AbortSignal): Promise<boolean> {
    const place = { scope, fingerprint: made.entry.fingerprint };
    const name = { kind: "record", ...place } as const;
    const stored = await this.#read(place, (envelope) => this.#parse(envelope, place), signal);
    this.#knowledge.examined(name);
    const isWhole = typeof stored === "object" && (await this.#isWhole(stored.content, made, blobs, signal));
    if (isWhole) this.#knowledge.sound("result", place, stored.bytes);
    else if (stored !== "absent") this.#knowledge.damaged(name);
    return isWhole;
  }

  async #isWhole(there: FoundResult, made: SharedResult, blobs: Blobs, signal: AbortSignal): Promise<boolean> {
    if (sameOutputs(there.entry, made.entry)) return this.#areThere(objectsOf(there, blobs), signal);
    // What the result of another attempt needs is not known here; it counts, unless a person has had it made anew since.
    return !made.replaces || there.record.started >= made.record.started;
  }

  #parse(envelope: Envelope, place: RecordPlace): FoundResult {
    return parseResult(envelope, place, this.#setting.backend.address);
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
    return (await this.#read(place, (envelope) => this.#parse(envelope, place), signal)) !== "unusable";
  }

  /** Adds the found inputs to those that are listed. Two writers at once may lose a set, which costs a miss. */
  async #list({ record }: SharedResult, scope: string, { signal, went }: Sending): Promise<void> {
    const { backend, signer, hasher } = this.#setting;
    const place = { scope, fingerprint: staticFingerprint(record.description, hasher) };
    const paths = Object.keys(record.description.found ?? {});
    const stored = await this.#read(place, (envelope) => parseFound(envelope, place), signal);
    const listed = typeof stored === "object" ? stored : undefined;
    const text = JSON.stringify(paths);
    if (listed?.content.some((set) => JSON.stringify(set) === text) === true)
      return this.#knowledge.sound("found", place, listed.bytes);
    const sealed = seal(foundPayload([paths, ...(listed?.content ?? [])], place), Buffer.alloc(0), signer);
    await backend.put({ kind: "record", ...place }, whole(sealed, went), true, signal);
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

  /** The record that is there; `unusable`: it is damaged, not to be trusted, or of another release of inc. */
  async #read<T>(
    place: RecordPlace,
    parse: (envelope: Envelope) => T,
    signal: AbortSignal,
  ): Promise<Stored<T> | "absent" | "unusable"> {
    try {
      const bytes = await this.#connection.record({ kind: "record", ...place }, signal);
      if (bytes === undefined) return "absent";
      const envelope = unseal(bytes);
      const isTrusted = envelope !== undefined && distrust(envelope, place.scope, this.#setting.keys) === undefined;
      return isTrusted ? { content: parse(envelope), bytes } : "unusable";
    } catch (error) {
      if (error instanceof RemoteError && error.trouble === "damaged") return "unusable";
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

function sameOutputs(a: Entry, b: Entry): boolean {
  const isSame = a.log === b.log && a.outputs.length === b.outputs.length;
  return isSame && a.outputs.every(({ identity }, i) => sameIdentity(identity, b.outputs[i]?.identity));
}
