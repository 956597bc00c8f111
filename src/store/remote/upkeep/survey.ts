import { fingerprintOf } from "../../../fingerprint/fingerprint.ts";
import type { Digest } from "../../../model/digest.ts";
import { atOnce } from "../at-once.ts";
import { type Inventory, RemoteError, type StoredObject } from "../backends/backend.ts";
import { insisting } from "../backends/patience.ts";
import { Bringer } from "../bringer.ts";
import { parseBundle, type Records } from "../bundles/bundle.ts";
import { parseMark } from "../bundles/mark.ts";
import { unpacked } from "../coding.ts";
import { Connection } from "../connection.ts";
import { objectsOf } from "../contents.ts";
import { unseal } from "../envelope.ts";
import { Knowledge } from "../knowledge.ts";
import { parseRecent, type RecentResult } from "../recent/recent.ts";
import type { RemotePlace } from "../setting.ts";
import { type FoundResult, kindOf, parseFound, parseResult, type RecordPlace } from "../shared-record.ts";
import { distrust } from "../trust/signing.ts";
import { Sink } from "./sink.ts";

/** Objects that are read or removed at once. */
export const AT_ONCE = 16;

/** A record that a place lists. */
export interface StoredRecord extends RecordPlace, Omit<StoredObject, "name"> {}

/** A blob that a place lists. */
export interface StoredBlob extends Omit<StoredObject, "name"> {
  readonly digest: Digest;
}

/** What a record turns out to be. */
export type ReadRecord =
  | { readonly kind: "result"; readonly result: FoundResult; readonly distrusted: string | undefined }
  | { readonly kind: "found"; readonly distrusted: string | undefined }
  | { readonly kind: "recent"; readonly recent: RecentResult; readonly distrusted: string | undefined }
  | { readonly kind: "bundle"; readonly records: Records; readonly distrusted: string | undefined }
  | { readonly kind: "mark"; readonly distrusted: string | undefined }
  /** `why` follows "the shared cache". */
  | { readonly kind: "damaged"; readonly why: string }
  /** Of another version of inc. */
  | { readonly kind: "other" }
  | { readonly kind: "gone" };

export async function recordsIn(inventory: Inventory, signal: AbortSignal): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const { name, ...object } of inventory.list("record", signal))
    if (name.kind === "record") records.push({ scope: name.scope, fingerprint: name.fingerprint, ...object });
  return records;
}

export async function blobsIn(inventory: Inventory, signal: AbortSignal): Promise<readonly StoredBlob[]> {
  const blobs: StoredBlob[] = [];
  for await (const { name, ...object } of inventory.list("blob", signal))
    if (name.kind === "blob") blobs.push({ digest: name.digest, ...object });
  return blobs;
}

/** What attempts on a cluster have exchanged there, by its SHA-256. */
export interface StoredData extends Omit<StoredObject, "name"> {
  readonly sha256: string;
}

export async function dataIn(inventory: Inventory, signal: AbortSignal): Promise<readonly StoredData[]> {
  const data: StoredData[] = [];
  for await (const { name, ...object } of inventory.list("data", signal))
    if (name.kind === "data") data.push({ sha256: name.sha256, ...object });
  return data;
}

/** Reads what a remote store holds, for those who look after it. Rejects when there is no answer. */
export class Survey {
  readonly #place: RemotePlace;
  readonly #connection: Connection;
  readonly #signal: AbortSignal;

  constructor(place: RemotePlace, signal: AbortSignal) {
    this.#place = place;
    this.#connection = new Connection(place.backend);
    this.#signal = signal;
  }

  /** Reads records, many at once, in no order. */
  async each<T extends RecordPlace>(
    records: Iterable<T>,
    visit: (record: T, read: ReadRecord) => Promise<void> | void,
  ): Promise<void> {
    await atOnce(AT_ONCE, records, async (record) => visit(record, await this.record(record)));
  }

  async record({ scope, fingerprint }: RecordPlace): Promise<ReadRecord> {
    const read = () => this.#connection.record({ kind: "record", scope, fingerprint }, this.#signal);
    try {
      const bytes = await insisting(read, this.#signal);
      return bytes === undefined ? { kind: "gone" } : this.judge(bytes, { scope, fingerprint });
    } catch (error) {
      return { kind: "damaged", why: damageOf(error) };
    }
  }

  /** What the bytes of a record turn out to be that is, or may be, stored at a place. */
  judge(bytes: Buffer, { scope, fingerprint }: RecordPlace): ReadRecord {
    const { backend, keys, hasher } = this.#place;
    const at = { scope, fingerprint };
    try {
      const envelope = unseal(bytes);
      if (envelope === undefined) return { kind: "other" };
      const distrusted = distrust(envelope, scope, keys);
      const kind = kindOf(envelope);
      if (kind === "recent") return { kind, recent: parseRecent(envelope, at), distrusted };
      if (kind === "bundle") return { kind, records: parseBundle(envelope, at).records, distrusted };
      if (kind === "mark") {
        parseMark(envelope, at);
        return { kind, distrusted };
      }
      if (kind === "found") {
        parseFound(envelope, at);
        return { kind, distrusted };
      }
      const result = parseResult(envelope, at, backend.address);
      if (fingerprintOf(result.record.description, hasher) === fingerprint)
        return { kind: "result", result, distrusted };
      return { kind: "damaged", why: "gave a record that describes another task" };
    } catch (error) {
      return { kind: "damaged", why: damageOf(error) };
    }
  }

  /**
   * The objects that a result needs beside its record. Reads its listings alone; rejects with a `RemoteError`, `damaged`, where one
   * is missing or not what it should be.
   */
  async objectsOf(result: FoundResult): Promise<readonly Digest[]> {
    const listings = listingsOf(result);
    return this.#bring(result, new Sink(this.#place.hasher, listings, (digest) => !listings.has(digest)));
  }

  /**
   * Reads all that a result consists of, but for what was read before; gives the objects that it needs. Rejects with a
   * `RemoteError`, `damaged`, at the first that is missing or not what it should be.
   * @param passed Digests of blobs that were read before; the others are added.
   */
  async readThrough(result: FoundResult, passed: Set<Digest>): Promise<readonly Digest[]> {
    const listings = listingsOf(result);
    const sink = new Sink(this.#place.hasher, listings, (digest) => passed.has(digest) && !listings.has(digest));
    const objects = await this.#bring(result, sink);
    for (const digest of sink.passed) passed.add(digest);
    return objects;
  }

  /** Reads an object to its end, whatever it is. False: there is none. */
  async object(digest: Digest): Promise<boolean> {
    const transfer = { signal: this.#signal, came: () => {} };
    const stored = await insisting(() => this.#connection.stored(digest, 0, transfer), this.#signal);
    if (stored === undefined) return false;
    const hash = this.#place.hasher.incremental();
    for await (const bytes of unpacked(stored)) hash.update(bytes);
    if (hash.digest() !== digest) throw new RemoteError("damaged", "gave other bytes than it was asked for");
    return true;
  }

  async #bring(result: FoundResult, sink: Sink): Promise<readonly Digest[]> {
    const transfer = { signal: this.#signal, came: () => {} };
    const bringer = new Bringer(this.#place, new Knowledge());
    if (await insisting(() => bringer.bring(result, sink, transfer), this.#signal)) return objectsOf(result, sink);
    throw new RemoteError("damaged", "lacks something that the record names");
  }
}

function listingsOf({ entry }: FoundResult): ReadonlySet<Digest> {
  return new Set(entry.outputs.flatMap(({ identity }) => (identity.type === "directory" ? [identity.digest] : [])));
}

/** What is damaged, to follow the address. Throws all that is no damage. */
export function damageOf(error: unknown): string {
  if (error instanceof RemoteError && error.trouble === "damaged") return error.message;
  throw error;
}
