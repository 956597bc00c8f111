import { fingerprintOf } from "../../fingerprint/fingerprint.ts";
import type { Blobs } from "../blobs/blobs.ts";
import { isNoRoom } from "../errors.ts";
import { RemoteError, type RemoteName } from "./backends/backend.ts";
import type { Breaker } from "./breaker.ts";
import { Bringer } from "./bringer.ts";
import type { Records } from "./bundles/bundle.ts";
import type { FetchedBundles } from "./bundles/fetched-bundles.ts";
import { Connection } from "./connection.ts";
import { type Envelope, unseal } from "./envelope.ts";
import type { Knowledge } from "./knowledge.ts";
import { refuse } from "./parse.ts";
import type { Fetched, Lookup, Sought } from "./remote.ts";
import type { RemoteSetting } from "./setting.ts";
import { type FoundResult, parseFound, parseResult, type RecordPlace } from "./shared-record.ts";
import { distrust } from "./trust/signing.ts";
import { charging, type Wait } from "./waiting.ts";

/** Bytes a second from which on a transfer is worth waiting for. */
const RATE = 256 * 1024;

/** Answers look-ups from a remote store: finds the record, checks it, brings the blobs. */
export class Finder {
  readonly #setting: RemoteSetting;
  readonly #connection: Connection;
  readonly #bringer: Bringer;
  readonly #breaker: Breaker;
  readonly #knowledge: Knowledge;
  readonly #bundles: FetchedBundles;

  constructor(setting: RemoteSetting, breaker: Breaker, knowledge: Knowledge, bundles: FetchedBundles) {
    this.#setting = setting;
    this.#bundles = bundles;
    this.#connection = new Connection(setting.backend);
    this.#bringer = new Bringer(setting, knowledge);
    this.#breaker = breaker;
    this.#knowledge = knowledge;
  }

  /** What goes wrong is a miss; the breaker decides when enough went wrong. */
  readonly lookup: Lookup = async (sought, blobs, signal) => {
    const breaker = this.#breaker;
    if (breaker.isOpen || breaker.pause > 0) return undefined;
    this.#bundles.count();
    const wait = breaker.begin(sought.isBusy);
    let saved = 0;
    try {
      const found = await this.#inScopes(sought, blobs, { wait, signal: AbortSignal.any([signal, breaker.signal]) });
      saved = found?.entry.duration ?? 0;
      return found;
    } finally {
      wait.end(saved);
    }
  };

  async #inScopes(sought: Sought, blobs: Blobs, asking: Asked): Promise<Fetched | undefined> {
    for (const scope of this.#setting.scopes.reads) {
      try {
        const place = { scope, fingerprint: sought.fingerprint };
        const early = await this.#early(place, sought, blobs, asking);
        // Meanwhile it may have asked not to be asked.
        if (early === undefined && this.#breaker.pause > 0) return undefined;
        const found = early ?? (await this.#find(place, sought, blobs, asking));
        this.#breaker.answered();
        if (found !== undefined) return found;
      } catch (error) {
        if (asking.signal.aborted) return undefined;
        if (isNoRoom(error)) {
          this.#setting.noRoom();
          return undefined;
        }
        if (error instanceof RemoteError && error.trouble === "damaged") this.#setting.damaged(error.message);
        // What it does not give now, it gives to no later question.
        if (error instanceof RemoteError && error.trouble === "refused") this.#breaker.open(error.message);
        else this.#breaker.failed(error);
      }
    }
    return undefined;
  }

  /** Finds a result with the records of a bundle alone. What is wrong with them shows when each is asked for. */
  async #early(place: RecordPlace, sought: Sought, blobs: Blobs, asked: Asked): Promise<Fetched | undefined> {
    const early = await this.#bundles.recordsOf(place.scope, asked.signal);
    if (!early.has(place.fingerprint)) return undefined;
    try {
      return await this.#find(place, sought, blobs, { ...asked, early });
    } catch (error) {
      if (error instanceof RemoteError && error.trouble === "damaged") return undefined;
      throw error;
    }
  }

  async #find(
    place: RecordPlace,
    { withFound, brings }: Sought,
    blobs: Blobs,
    asked: Asked,
  ): Promise<Fetched | undefined> {
    const asking: Asking = { ...asked, brings };
    if (withFound === undefined) return this.#result(place, blobs, asking);
    const listed = await this.#read(place, asking, (envelope) => parseFound(envelope, place));
    if (listed !== undefined) this.#knowledge.sound("found", place, listed.bytes);
    for (const paths of listed?.content ?? []) {
      const fingerprint = withFound(paths);
      const found =
        fingerprint === undefined ? undefined : await this.#result({ ...place, fingerprint }, blobs, asking);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #result(place: RecordPlace, blobs: Blobs, asking: Asking): Promise<Fetched | undefined> {
    const { address } = this.#setting.backend;
    const read = await this.#read(place, asking, (envelope) => {
      const result = parseResult(envelope, place, address);
      // Else its blobs would be brought for nothing.
      if (fingerprintOf(result.record.description, this.#setting.hasher) === place.fingerprint) return result;
      return refuse("describes another task");
    });
    if (read === undefined) return undefined;
    const { content: found, bytes } = read;
    const isWhole = await this.#noting(place, asking, () => this.#bring(found, blobs, asking));
    if (isWhole) this.#knowledge.sound("result", place, bytes);
    else if (asking.early === undefined) this.#knowledge.damaged({ kind: "record", ...place });
    return isWhole ? { entry: found.entry, record: found.record } : undefined;
  }

  /** Undefined: there is no record, or none that is to be trusted. */
  #read<T>(place: RecordPlace, asking: Asking, parse: (envelope: Envelope) => T): Promise<Read<T> | undefined> {
    const name: RemoteName = { kind: "record", ...place };
    return this.#noting(place, asking, async () => {
      const { early, signal } = asking;
      const bytes = early === undefined ? await this.#connection.record(name, signal) : early.get(place.fingerprint);
      if (early === undefined) this.#knowledge.examined(name);
      if (bytes === undefined) return undefined;
      const envelope = unseal(bytes);
      const why = envelope === undefined ? undefined : distrust(envelope, place.scope, this.#setting.keys);
      if (envelope !== undefined && why === undefined)
        return { content: charging(() => parse(envelope), asking.wait.waste), bytes };
      if (early !== undefined) return undefined;
      this.#knowledge.damaged(name);
      if (why !== undefined) this.#setting.distrusted(why);
      return undefined;
    });
  }

  /** Notes when a record turns out to be damaged. One that came in a bundle is only a copy. */
  #noting<T>(place: RecordPlace, { early }: Asking, work: () => Promise<T>): Promise<T> {
    return early === undefined ? this.#knowledge.guard({ kind: "record", ...place }, work) : work();
  }

  /** False: one of the blobs is gone. */
  #bring(found: FoundResult, blobs: Blobs, { wait, signal, brings }: Asking): Promise<boolean> {
    let left = found.entry.duration;
    // What comes fast enough is worth waiting for, as long as the attempt itself would take.
    const came = (bytes: number): void => {
      const worth = Math.min(left, (bytes / RATE) * 1000);
      left -= worth;
      if (worth > 0) wait.cover(worth);
    };
    return this.#bringer.bring(found, blobs, { signal, came, wasted: wait.waste }, brings);
  }
}

interface Asked {
  readonly wait: Wait;
  readonly signal: AbortSignal;
  /** Records that came in a bundle: no other is asked for. Absent: each is asked for. */
  readonly early?: Records;
}

interface Asking extends Asked {
  readonly brings: Sought["brings"];
}

/** What a record says, and how it is stored. */
interface Read<T> {
  readonly content: T;
  readonly bytes: Buffer;
}
