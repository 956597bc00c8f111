import type { Digest } from "../../../model/digest.ts";
import { atOnce } from "../at-once.ts";
import type { Records } from "../bundles/bundle.ts";
import type { RemotePlace } from "../setting.ts";
import type { RecordPlace } from "../shared-record.ts";
import { AT_ONCE, blobsIn, damageOf, type ReadRecord, recordsIn, Survey } from "./survey.ts";

/** Something that is not as it should be. */
export interface Flaw {
  /** `object`: a blob or a pack that no sound record needs. */
  readonly kind: "record" | "object";
  /** Scope and fingerprint of a record, or the digest of an object. */
  readonly subject: string;
  /** The task whose result it is; undefined: it is not known. */
  readonly task: string | undefined;
  /** Follows the subject. */
  readonly why: string;
}

export interface Verified {
  /** How many of each were read. */
  readonly records: number;
  readonly objects: number;
  readonly flaws: readonly Flaw[];
  /** Records of another version of inc, which were not read. */
  readonly others: number;
}

/** Reads results to their ends: all that a place lists, and what lies there beside; or where it cannot list, some results. */
export class Verification {
  readonly #place: RemotePlace;
  readonly #survey: Survey;
  readonly #signal: AbortSignal;
  readonly #flaws: Flaw[] = [];
  readonly #passed = new Set<Digest>();
  readonly #objects = new Set<Digest>();
  #records = 0;
  #others = 0;

  constructor(place: RemotePlace, signal: AbortSignal) {
    this.#place = place;
    this.#survey = new Survey(place, signal);
    this.#signal = signal;
  }

  /** @param known Where results are looked for if the place cannot list what it holds; not all of them may be there. */
  async verify(known: readonly RecordPlace[]): Promise<Verified> {
    const { inventory } = this.#place.backend;
    const listed = inventory === undefined ? [] : await blobsIn(inventory, this.#signal);
    const records = inventory === undefined ? known : await recordsIn(inventory, this.#signal);
    await this.#survey.each(records, (record, read) => this.#verifyRecord(record, read));
    const beside = listed.map(({ digest }) => digest).filter((digest) => !this.#objects.has(digest));
    await atOnce(AT_ONCE, beside, (digest) => this.#verifyObject(digest));
    const flaws = this.#flaws.sort((a, b) => (a.subject < b.subject ? -1 : 1));
    return { records: this.#records, objects: this.#objects.size, flaws, others: this.#others };
  }

  async #verifyRecord({ scope, fingerprint }: RecordPlace, read: ReadRecord): Promise<void> {
    if (read.kind === "other") this.#others += 1;
    if (read.kind === "other" || read.kind === "gone") return;
    this.#records += 1;
    const task = read.kind === "result" ? read.result.record.task : undefined;
    const flaw = (why: string): void => {
      this.#flaws.push({ kind: "record", subject: `${scope} ${fingerprint}`, task, why });
    };
    if (read.kind === "damaged") flaw(read.why);
    // A name of a recent result is worth what it leads to, a bundle what is in it, which is there by itself as well, and a mark nothing.
    else if (read.kind === "bundle") for (const why of this.#flawsInside(scope, read.records)) flaw(why);
    else if (read.kind !== "recent" && read.kind !== "mark" && read.distrusted !== undefined)
      flaw(`is not to be trusted: ${read.distrusted}`);
    if (read.kind !== "result") return;
    try {
      const objects = await this.#survey.readThrough(read.result, this.#passed);
      for (const digest of objects) this.#objects.add(digest);
    } catch (error) {
      flaw(damageOf(error));
    }
  }

  #flawsInside(scope: string, records: Records): readonly string[] {
    return [...records].flatMap(([fingerprint, bytes]) => {
      const copy = this.#survey.judge(bytes, { scope, fingerprint });
      return copy.kind === "damaged" ? [`bundles a copy of ${fingerprint}, and ${copy.why}`] : [];
    });
  }

  async #verifyObject(digest: Digest): Promise<void> {
    try {
      if (await this.#survey.object(digest)) this.#objects.add(digest);
    } catch (error) {
      this.#flaws.push({ kind: "object", subject: digest, task: undefined, why: damageOf(error) });
    }
  }
}
