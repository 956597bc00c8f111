import { fingerprintOf } from "../../fingerprint/fingerprint.ts";
import type { Digest } from "../../model/digest.ts";
import type { Blobs } from "../blobs/blobs.ts";
import { atOnce } from "./at-once.ts";
import { RemoteError, type RemoteName } from "./backends/backend.ts";
import type { Breaker } from "./breaker.ts";
import { Connection } from "./connection.ts";
import { type Envelope, unseal } from "./envelope.ts";
import type { Knowledge } from "./knowledge.ts";
import { checkListing, refuse } from "./parse.ts";
import type { Fetched, Lookup, Sought } from "./remote.ts";
import type { RemoteSetting } from "./setting.ts";
import { type FoundResult, parseFound, parseResult, type RecordPlace } from "./shared-record.ts";
import { distrust } from "./trust/signing.ts";
import type { Wait } from "./waiting.ts";

/** Blobs of one result that come at once. */
const BLOBS = 8;
/** A listing that is larger is no directory that a task makes, in bytes. */
const LONGEST_LISTING = 256 * 1024 * 1024;
/** Bytes a second from which on a transfer is worth waiting for. */
const RATE = 256 * 1024;

interface WantedBlob {
  readonly digest: Digest;
  readonly size: number;
}

/** Answers look-ups from a remote store: finds the record, checks it, brings the blobs. */
export class Finder {
  readonly #setting: RemoteSetting;
  readonly #connection: Connection;
  readonly #breaker: Breaker;
  readonly #knowledge: Knowledge;

  constructor(setting: RemoteSetting, breaker: Breaker, knowledge: Knowledge) {
    this.#setting = setting;
    this.#connection = new Connection(setting.backend);
    this.#breaker = breaker;
    this.#knowledge = knowledge;
  }

  /** What goes wrong is a miss; the breaker decides when enough went wrong. */
  readonly lookup: Lookup = async (sought, blobs, signal) => {
    const breaker = this.#breaker;
    if (breaker.isOpen || breaker.pause > 0) return undefined;
    const wait = breaker.begin();
    let saved = 0;
    try {
      const found = await this.#inScopes(sought, blobs, { wait, signal: AbortSignal.any([signal, breaker.signal]) });
      saved = found?.entry.duration ?? 0;
      return found;
    } finally {
      wait.end(saved);
    }
  };

  async #inScopes(sought: Sought, blobs: Blobs, asking: Asking): Promise<Fetched | undefined> {
    for (const scope of this.#setting.scopes.reads) {
      try {
        const found = await this.#find({ scope, fingerprint: sought.fingerprint }, sought, blobs, asking);
        this.#breaker.answered();
        if (found !== undefined) return found;
      } catch (error) {
        if (asking.signal.aborted) return undefined;
        if (error instanceof RemoteError && error.trouble === "damaged") this.#setting.damaged(error.message);
        // What it does not give now, it gives to no later question.
        if (error instanceof RemoteError && error.trouble === "refused") this.#breaker.open(error.message);
        else this.#breaker.failed(error);
      }
    }
    return undefined;
  }

  async #find(place: RecordPlace, { withFound }: Sought, blobs: Blobs, asking: Asking): Promise<Fetched | undefined> {
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
    const isWhole = await this.#guard({ kind: "record", ...place }, () => this.#bring(found, blobs, asking));
    if (!isWhole) this.#knowledge.damaged({ kind: "record", ...place });
    return isWhole ? { entry: found.entry, record: found.record } : undefined;
  }

  /** Undefined: there is no record, or none that is to be trusted. */
  async #read<T>(place: RecordPlace, { signal }: Asking, parse: (envelope: Envelope) => T): Promise<T | undefined> {
    const name: RemoteName = { kind: "record", ...place };
    return this.#guard(name, async () => {
      const bytes = await this.#connection.record(name, signal);
      this.#knowledge.examined(name);
      if (bytes === undefined) return undefined;
      const envelope = unseal(bytes);
      const why = distrust(envelope, place.scope, this.#setting.keys);
      if (why === undefined) return parse(envelope);
      this.#knowledge.damaged(name);
      this.#setting.distrusted(why);
      return undefined;
    });
  }

  /** Notes what is damaged, so that whoever makes it anew replaces it. */
  async #guard<T>(name: RemoteName, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof RemoteError && error.trouble === "damaged") this.#knowledge.damaged(name);
      throw error;
    }
  }

  /** Brings all blobs of a result. False: one of them is gone. */
  async #bring(found: FoundResult, blobs: Blobs, { wait, signal }: Asking): Promise<boolean> {
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    let left = found.entry.duration;
    // What comes fast enough is worth waiting for, as long as the attempt itself would take.
    const came = (bytes: number): void => {
      const worth = Math.min(left, (bytes / RATE) * 1000);
      left -= worth;
      if (worth > 0) wait.cover(worth);
    };
    const bring = (wanted: readonly WantedBlob[]): Promise<void> => {
      this.#refuseBeyond(blobs.room(), wanted);
      return atOnce(BLOBS, wanted, async (blob) => {
        const name = { kind: "blob", digest: blob.digest } as const;
        if (blobs.has(blob.digest)) return;
        if (!(await this.#guard(name, () => this.#connection.blob(blob, blobs, both, came)))) throw new Gone();
        this.#knowledge.present(blob.digest);
      });
    };
    try {
      await bring(firstBlobs(found));
      await bring(listedBlobs(found, blobs));
      return true;
    } catch (error) {
      if (error instanceof Gone) return false;
      throw error;
    } finally {
      ended.abort();
    }
  }

  #refuseBeyond(room: number, wanted: readonly WantedBlob[]): void {
    if (wanted.reduce((sum, { size }) => sum + size, 0) > room) refuse("announces more bytes than the disk has left");
  }
}

interface Asking {
  readonly wait: Wait;
  readonly signal: AbortSignal;
}

/** A blob that the remote store does not have any more. */
class Gone extends Error {}

/** Files, listings, and the log. */
function firstBlobs({ entry, sizes }: FoundResult): readonly WantedBlob[] {
  const outputs = entry.outputs.flatMap(({ identity, size }): WantedBlob[] => {
    if (identity.type === "symlink") return [];
    const { digest } = identity;
    return [{ digest, size: identity.type === "file" ? size : listingSize(sizes[digest]) }];
  });
  const { log } = entry;
  return log === undefined
    ? outputs
    : [...outputs, { digest: log, size: sizes[log] ?? refuse("has no size of its log") }];
}

function listingSize(size: number | undefined): number {
  if (size === undefined || size > LONGEST_LISTING) return refuse("has no usable size of a listing");
  return size;
}

/** The files that the directories list. */
function listedBlobs({ entry }: FoundResult, blobs: Blobs): readonly WantedBlob[] {
  const wanted = new Map<Digest, WantedBlob>();
  for (const artifact of entry.outputs) {
    if (artifact.identity.type !== "directory") continue;
    const bytes = blobs.read(artifact.identity.digest) ?? refuse("has a listing that cannot be read");
    for (const file of checkListing(bytes, artifact))
      if (file.type === "file") wanted.set(file.digest, { digest: file.digest, size: file.size });
  }
  return [...wanted.values()];
}
