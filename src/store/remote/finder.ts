import { fingerprintOf } from "../../fingerprint/fingerprint.ts";
import type { Blobs } from "../blobs/blobs.ts";
import { isNoRoom } from "../errors.ts";
import { RemoteError, type RemoteName } from "./backends/backend.ts";
import type { Breaker } from "./breaker.ts";
import { Bringer } from "./bringer.ts";
import { Connection } from "./connection.ts";
import { type Envelope, unseal } from "./envelope.ts";
import type { Knowledge } from "./knowledge.ts";
import { refuse } from "./parse.ts";
import type { Fetched, Lookup, Sought } from "./remote.ts";
import type { RemoteSetting } from "./setting.ts";
import { type FoundResult, parseFound, parseResult, type RecordPlace } from "./shared-record.ts";
import { distrust } from "./trust/signing.ts";
import type { Wait } from "./waiting.ts";

/** Bytes a second from which on a transfer is worth waiting for. */
const RATE = 256 * 1024;

/** Answers look-ups from a remote store: finds the record, checks it, brings the blobs. */
export class Finder {
  readonly #setting: RemoteSetting;
  readonly #connection: Connection;
  readonly #bringer: Bringer;
  readonly #breaker: Breaker;
  readonly #knowledge: Knowledge;

  constructor(setting: RemoteSetting, breaker: Breaker, knowledge: Knowledge) {
    this.#setting = setting;
    this.#connection = new Connection(setting.backend);
    this.#bringer = new Bringer(setting, knowledge);
    this.#breaker = breaker;
    this.#knowledge = knowledge;
  }

  /** What goes wrong is a miss; the breaker decides when enough went wrong. */
  readonly lookup: Lookup = async (sought, blobs, signal) => {
    const breaker = this.#breaker;
    if (breaker.isOpen || breaker.pause > 0) return undefined;
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
        const found = await this.#find({ scope, fingerprint: sought.fingerprint }, sought, blobs, asking);
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

  async #find(place: RecordPlace, sought: Sought, blobs: Blobs, asked: Asked): Promise<Fetched | undefined> {
    const { withFound, brings } = sought;
    const asking: Asking = { ...asked, brings };
    if (withFound === undefined) return this.#result(place, blobs, asking);
    const listed = await this.#read(place, asking, (envelope) => parseFound(envelope, place));
    for (const paths of listed ?? []) {
      const fingerprint = withFound(paths);
      const found =
        fingerprint === undefined ? undefined : await this.#result({ ...place, fingerprint }, blobs, asking);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #result(place: RecordPlace, blobs: Blobs, asking: Asking): Promise<Fetched | undefined> {
    const { address } = this.#setting.backend;
    const found = await this.#read(place, asking, (envelope) => {
      const result = parseResult(envelope, place, address);
      // Else its blobs would be brought for nothing.
      if (fingerprintOf(result.record.description, this.#setting.hasher) === place.fingerprint) return result;
      return refuse("describes another task");
    });
    if (found === undefined) return undefined;
    const isWhole = await this.#knowledge.guard({ kind: "record", ...place }, () => this.#bring(found, blobs, asking));
    if (!isWhole) this.#knowledge.damaged({ kind: "record", ...place });
    return isWhole ? { entry: found.entry, record: found.record } : undefined;
  }

  /** Undefined: there is no record, or none that is to be trusted. */
  async #read<T>(place: RecordPlace, { signal }: Asking, parse: (envelope: Envelope) => T): Promise<T | undefined> {
    const name: RemoteName = { kind: "record", ...place };
    return this.#knowledge.guard(name, async () => {
      const bytes = await this.#connection.record(name, signal);
      this.#knowledge.examined(name);
      if (bytes === undefined) return undefined;
      const envelope = unseal(bytes);
      if (envelope === undefined) {
        this.#knowledge.damaged(name);
        return undefined;
      }
      const why = distrust(envelope, place.scope, this.#setting.keys);
      if (why === undefined) return parse(envelope);
      this.#knowledge.damaged(name);
      this.#setting.distrusted(why);
      return undefined;
    });
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
    return this.#bringer.bring(found, blobs, { signal, came }, brings);
  }
}

interface Asked {
  readonly wait: Wait;
  readonly signal: AbortSignal;
}

interface Asking extends Asked {
  readonly brings: Sought["brings"];
}
