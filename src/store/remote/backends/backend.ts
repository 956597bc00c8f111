import type { Digest, Fingerprint } from "../../../model/digest.ts";
import { isScope } from "../trust/scope.ts";

/**
 * What a remote store holds: records of results by scope and fingerprint, and blobs by digest. A backend maps these names to
 * its own: most to a path (`pathInRemote`), a server of Bazel's protocol to `/ac` and `/cas`.
 */
export type RemoteName =
  | { readonly kind: "record"; readonly scope: string; readonly fingerprint: Fingerprint }
  | { readonly kind: "blob"; readonly digest: Digest };

/**
 * What lies in a place: also what attempts on a cluster exchange there, which `execute/ray/driver/places.py` reads and writes. They name
 * it by its SHA-256, as Python has no BLAKE3, and store it as it is.
 */
export type StoredName = RemoteName | { readonly kind: "data"; readonly sha256: string };

/** Bytes on their way from a backend. */
export interface Incoming {
  /** How many bytes come, as far as the backend says so. */
  readonly size?: number;
  /** True when the backend says that it gives the rest alone, should these be cut off. */
  readonly isResumable: boolean;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Bytes on their way to a backend. */
export interface Outgoing {
  /** Absent: it is known at the end only. A backend that has to know it first gathers them. */
  readonly size?: number;
  /** Throws when the bytes turn out not to be what they should be: nothing of them may then become visible. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

/**
 * Where results are shared. Objects appear whole or not at all, and any number of processes may write at once. Methods reject
 * with a `RemoteError` when there is no answer, and soon after the signal is aborted; none retries.
 */
export interface Backend {
  /** For messages: without a user or password. */
  readonly address: string;
  /**
   * Undefined: there is no such object.
   * @param from How many bytes to leave out at the beginning, to go on after an interruption.
   */
  get(name: RemoteName, from: number, signal: AbortSignal): Promise<Incoming | undefined>;
  /** @param replaces False: what is there already stays. */
  put(name: RemoteName, content: Outgoing, replaces: boolean, signal: AbortSignal): Promise<void>;
  /** Those of the blobs that are not there, asked for in one batch where the backend can. */
  missing(digests: readonly Digest[], signal: AbortSignal): Promise<readonly Digest[]>;
  /** True where reading a record marks it as used, and what is not used is removed: each has to be read itself. */
  readonly notesUse?: true;
  /** Absent: this kind of place cannot say what it holds. */
  readonly inventory?: Inventory;
  /** Ends idle connections. */
  close(): void;
}

/** What a place holds, for those who look after it. */
export interface Inventory {
  /** Objects of one kind, in no order; what came or went meanwhile may be among them. Nothing that inc did not put there. */
  list(kind: StoredName["kind"], signal: AbortSignal): AsyncIterable<StoredObject>;
  /** Resolves as well where there is no such object any more. */
  remove(name: StoredName, signal: AbortSignal): Promise<void>;
}

export interface StoredObject {
  readonly name: StoredName;
  /** Bytes, as it is stored. */
  readonly size: number;
  /** When it was written, in milliseconds since the epoch. */
  readonly written: number;
}

/**
 * `down`: no usable answer, so that the next request may be as useless. `refused`: not for this user. `full`: it takes
 * nothing more. `large`: it does not take this. `damaged`: what it gave is not what it should be.
 */
export type RemoteTrouble = "down" | "refused" | "full" | "large" | "damaged";

export class RemoteError extends Error {
  readonly trouble: RemoteTrouble;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter: number | undefined;

  /** @param message What the backend did, to follow its address: `answered 503`. */
  constructor(trouble: RemoteTrouble, message: string, retryAfter?: number) {
    super(message);
    this.trouble = trouble;
    this.retryAfter = retryAfter;
  }
}

/** The first directory of every path: the version of the layout. */
const LAYOUT = "v1";

/** A name as a path below the root of a store. Scopes and digests were checked where they came from. */
export function pathInRemote(name: StoredName): string {
  if (name.kind === "data") return `${LAYOUT}/data/${name.sha256.slice(0, 2)}/${name.sha256}`;
  if (name.kind === "blob") return `${LAYOUT}/blobs/${name.digest.slice(0, 2)}/${name.digest}`;
  return `${LAYOUT}/records/${name.scope}/${name.fingerprint.slice(0, 2)}/${name.fingerprint}`;
}

/** The directory of all objects of one kind. */
export function directoryInRemote(kind: StoredName["kind"]): string {
  return kind === "data" ? `${LAYOUT}/data/` : `${LAYOUT}/${kind}s/`;
}

/** The name that a path below the root of a store stands for. Undefined: inc puts nothing there. */
export function nameInRemote(path: string): StoredName | undefined {
  const [, kind, scope = "", id = ""] =
    /^v1\/(blobs|data|records)(?:\/(.+))?\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(path) ?? [];
  const named: Readonly<Record<string, StoredName>> = {
    blobs: { kind: "blob", digest: id as Digest },
    data: { kind: "data", sha256: id },
    records: { kind: "record", scope, fingerprint: id as Fingerprint },
  };
  const name = named[kind ?? ""];
  if (name === undefined || pathInRemote(name) !== path) return undefined;
  return name.kind !== "record" || isScope(scope) ? name : undefined;
}
