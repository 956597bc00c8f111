import type { Digest } from "../../model/digest.ts";
import type { Blobs } from "../blobs/blobs.ts";
import { type Backend, RemoteError, type RemoteName } from "./backends/backend.ts";
import { ANSWER, unstalled, within } from "./backends/patience.ts";
import { decode } from "./coding.ts";

/** The longest record, in bytes: a task may name 100,000 files one by one. */
const LONGEST_RECORD = 32 * 1024 * 1024;

/** Follows how many bytes came. */
type Progress = (bytes: number) => void;

/** Reads what is whole and what it should be, or nothing. */
export class Connection {
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** The bytes of a record. Undefined: there is none. */
  async record(name: RemoteName, signal: AbortSignal): Promise<Buffer | undefined> {
    const incoming = await within(this.#backend.get(name, 0, signal), ANSWER, signal);
    if (incoming === undefined) return undefined;
    const pieces: Uint8Array[] = [];
    let length = 0;
    // As a whole within the limit of a look-up: what drips is as bad as what hangs.
    const gathered = (async () => {
      for await (const bytes of incoming.bytes) {
        length += bytes.length;
        if (length > LONGEST_RECORD) throw new RemoteError("damaged", "gave a record without end");
        pieces.push(bytes);
      }
    })();
    await within(gathered, ANSWER, signal);
    if (incoming.size !== undefined && length < incoming.size)
      throw new RemoteError("damaged", "gave a record that is cut off");
    return Buffer.concat(pieces);
  }

  /**
   * Brings a blob into the store. False: there is none.
   * @param size Its bytes.
   */
  async blob(
    of: { digest: Digest; size: number },
    blobs: Blobs,
    signal: AbortSignal,
    came: Progress,
  ): Promise<boolean> {
    const { digest, size } = of;
    const stored = await this.#open(digest, signal, came);
    if (stored === undefined) return false;
    if (await blobs.putStream(decode(stored, size), digest, size)) return true;
    throw new RemoteError("damaged", "gave other bytes than it was asked for");
  }

  /** The bytes as they are stored there. Cut off after some of them, it asks for the rest once. */
  async #open(digest: Digest, signal: AbortSignal, came: Progress): Promise<AsyncIterable<Uint8Array> | undefined> {
    const get = (from: number): ReturnType<Backend["get"]> =>
      within(this.#backend.get({ kind: "blob", digest }, from, signal), ANSWER, signal);
    const first = await get(0);
    if (first === undefined) return undefined;
    return (async function* () {
      let received = 0;
      for (let incoming: typeof first | undefined = first, isLast = false; incoming !== undefined; isLast = true) {
        const end: number | undefined = incoming.size === undefined ? undefined : received + incoming.size;
        const before = received;
        try {
          for await (const bytes of unstalled(incoming.bytes, signal)) {
            received += bytes.length;
            came(bytes.length);
            yield bytes;
          }
          if (end === undefined || received >= end) return;
        } catch (error) {
          if (isLast || signal.aborted || received === before) throw error;
        }
        if (isLast || received === before) throw new RemoteError("damaged", "gave a blob that is cut off");
        incoming = await get(received);
      }
    })();
  }
}
