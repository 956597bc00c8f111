import type { Hasher } from "../../../host/files/host.ts";
import type { Digest } from "../../../model/digest.ts";
import { atOnce } from "../at-once.ts";
import type { Inventory, StoredName } from "../backends/backend.ts";
import { insisting } from "../backends/patience.ts";
import { recentPlace } from "../recent/recent.ts";
import type { RemotePlace } from "../setting.ts";
import type { RecordPlace } from "../shared-record.ts";
import {
  AT_ONCE,
  blobsIn,
  damageOf,
  dataIn,
  recordsIn,
  type StoredBlob,
  type StoredData,
  type StoredRecord,
  Survey,
} from "./survey.ts";

/**
 * How long a blob stays that no record needs, in milliseconds: a run that goes on may have uploaded it, and its record comes
 * later. So long also stays what attempts on a cluster exchange: it would be sent again.
 */
const GRACE = 24 * 3600 * 1000;

/** What may stay. */
export interface PruneLimits {
  /** Milliseconds: what was written before goes. */
  readonly olderThan?: number;
  /** Bytes of all that stays, as it is stored; the oldest records go first. */
  readonly maxSize?: number;
}

export interface PrunePlan {
  readonly records: readonly StoredRecord[];
  /** No record that stays needs them. Empty where records of another version of inc stay, for it is not known what those need. */
  readonly blobs: readonly StoredBlob[];
  /** What attempts on a cluster exchanged. */
  readonly data: readonly StoredData[];
  readonly remaining: { readonly records: number; readonly blobs: number; readonly bytes: number };
  /** Bytes of what no record needs, and that is too young to go. */
  readonly young: number;
  /** How many records of another version of inc stay. */
  readonly others: number;
}

/** A record that may stay, and the blobs that it needs. */
interface Candidate {
  readonly record: StoredRecord;
  /** Where it is named as a recent result: that lives as long as the result. */
  readonly namedAt?: string;
  readonly needs: readonly Digest[];
}

/** Removes records that are too old, or too many, and what no other record needs. */
export class Prune {
  readonly #inventory: Inventory;
  readonly #hasher: Hasher;
  readonly #survey: Survey;
  readonly #signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly #now: number;
  readonly #known = new Set<string>();
  #others = 0;

  constructor(place: RemotePlace, inventory: Inventory, now: number, signal: AbortSignal) {
    this.#inventory = inventory;
    this.#hasher = place.hasher;
    this.#survey = new Survey(place, signal);
    this.#signal = signal;
    this.#now = now;
  }

  async plan({ olderThan = Number.POSITIVE_INFINITY, maxSize }: PruneLimits): Promise<PrunePlan> {
    // Blobs first: what comes between the two listings is not among them.
    const blobs = await blobsIn(this.#inventory, this.#signal);
    const data = await dataIn(this.#inventory, this.#signal);
    const records = await recordsIn(this.#inventory, this.#signal);
    for (const record of records) this.#known.add(keyOf(record));
    const recent = records.filter(({ written }) => this.#now - written <= olderThan);
    const candidates = await this.#candidates(recent);
    const sizes = new Map<string, number>([
      ...blobs.map(({ digest, size }) => [digest, size] as const),
      ...records.map((record) => [keyOf(record), record.size] as const),
    ]);
    const { staying, needed } = fitting(candidates, sizes, maxSize ?? Number.POSITIVE_INFINITY);
    const named = new Set(staying.map(({ namedAt }) => namedAt));
    const results = new Set(staying.map(({ record }) => record));
    const stays = new Set(records.filter((record) => results.has(record) || named.has(keyOf(record))));
    const unneeded = blobs.filter(({ digest }) => !needed.has(digest));
    const isYoung = ({ written }: StoredBlob | StoredData): boolean => this.#now - written < GRACE;
    const youngData = data.filter(isYoung);
    const going = this.#others > 0 ? [] : unneeded.filter((blob) => !isYoung(blob));
    const gone = new Set(going);
    return {
      records: records.filter((record) => !stays.has(record)),
      blobs: going,
      data: data.filter((each) => !isYoung(each)),
      remaining: {
        records: stays.size,
        blobs: blobs.length - going.length,
        bytes: sum([...stays]) + sum(blobs.filter((blob) => !gone.has(blob))) + sum(youngData),
      },
      young: sum(unneeded.filter(isYoung)) + sum(youngData),
      others: this.#others,
    };
  }

  /** Records first, so that none names what is not there; then what records need that came meanwhile stays. */
  async carryOut({ records, blobs, data }: PrunePlan): Promise<void> {
    await atOnce(AT_ONCE, data, ({ sha256 }) => this.#remove({ kind: "data", sha256 }));
    await atOnce(AT_ONCE, records, ({ scope, fingerprint }) => this.#remove({ kind: "record", scope, fingerprint }));
    const came = (await recordsIn(this.#inventory, this.#signal)).filter((record) => !this.#known.has(keyOf(record)));
    const needed = new Set((await this.#candidates(came)).flatMap(({ needs }) => needs));
    const going = this.#others > 0 ? [] : blobs.filter(({ digest }) => !needed.has(digest));
    await atOnce(AT_ONCE, going, ({ digest }) => this.#remove({ kind: "blob", digest }));
  }

  /** What can be read of records, newest first. Damaged ones are of no use to anyone. */
  async #candidates(records: readonly StoredRecord[]): Promise<readonly Candidate[]> {
    const candidates: Candidate[] = [];
    await this.#survey.each(records, async (record, read) => {
      if (read.kind === "other") this.#others += 1;
      if (read.kind === "other" || read.kind === "found" || read.kind === "bundle" || read.kind === "mark")
        candidates.push({ record, needs: [] });
      if (read.kind !== "result") return;
      try {
        const place = recentPlace(read.result.record, record.fingerprint, record.scope, this.#hasher);
        candidates.push({ record, namedAt: keyOf(place), needs: await this.#survey.objectsOf(read.result) });
      } catch (error) {
        damageOf(error);
      }
    });
    return candidates.sort(
      (a, b) => b.record.written - a.record.written || (keyOf(a.record) < keyOf(b.record) ? -1 : 1),
    );
  }

  #remove(name: StoredName): Promise<void> {
    return insisting(() => this.#inventory.remove(name, this.#signal), this.#signal);
  }
}

/** The newest records that fit, with the blobs that they need; those of a blob that is gone do not count. */
function fitting(
  candidates: readonly Candidate[],
  sizes: ReadonlyMap<string, number>,
  maxSize: number,
): { readonly staying: readonly Candidate[]; readonly needed: ReadonlySet<Digest> } {
  const needed = new Set<Digest>();
  const staying: Candidate[] = [];
  let bytes = 0;
  for (const candidate of candidates) {
    const more = new Set(candidate.needs.filter((digest) => !needed.has(digest)));
    bytes += candidate.record.size + (sizes.get(candidate.namedAt ?? "") ?? 0);
    for (const digest of more) bytes += sizes.get(digest) ?? 0;
    if (bytes > maxSize) break;
    for (const digest of more) needed.add(digest);
    staying.push(candidate);
  }
  return { staying, needed };
}

function sum(objects: readonly { readonly size: number }[]): number {
  return objects.reduce((total, { size }) => total + size, 0);
}

function keyOf({ scope, fingerprint }: RecordPlace): string {
  return `${scope} ${fingerprint}`;
}
