import type { Digest } from "../../model/digest.ts";
import type { BlobSink } from "../blobs/blobs.ts";
import { atOnce } from "./at-once.ts";
import type { RemoteName } from "./backends/backend.ts";
import { Connection, type Transfer } from "./connection.ts";
import { listedBlobs, namedBlobs } from "./contents.ts";
import type { Knowledge } from "./knowledge.ts";
import { type Packing, type SizedBlob, sizeOfAll } from "./packs/layout.ts";
import { missingSpan, takeBlobs } from "./packs/unpack.ts";
import { refuse } from "./parse.ts";
import type { Sought } from "./remote.ts";
import type { RemotePlace } from "./setting.ts";
import type { FoundResult } from "./shared-record.ts";
import { charging } from "./waiting.ts";

/** Objects of one result that come at once. */
const OBJECTS = 8;

/** Made once: an abort without a reason takes a trace of the stack, for each result. */
const ENDED = new Error("the result is whole, or given up");

/** An object that is to come, and what it takes here. */
interface Coming {
  readonly digest: Digest;
  readonly size: number;
  /** False: it is gone. */
  readonly bring: () => Promise<boolean>;
}

interface Wanted {
  readonly wanted: readonly SizedBlob[];
  readonly isAll: boolean;
}

/** Brings the bytes of found results. */
export class Bringer {
  readonly #connection: Connection;
  readonly #knowledge: Knowledge;
  /** Bytes that are coming. */
  #promised = 0;

  constructor({ backend }: Pick<RemotePlace, "backend">, knowledge: Knowledge) {
    this.#connection = new Connection(backend);
    this.#knowledge = knowledge;
  }

  /**
   * Brings the blobs of a result that are not here. False: one of them is gone.
   * @param brings True for an output whose files are to come; absent: all are.
   */
  async bring(found: FoundResult, blobs: BlobSink, transfer: Transfer, brings?: Sought["brings"]): Promise<boolean> {
    let ended: AbortController | undefined;
    let begun: Transfer | undefined;
    // The usual result is whole with its record: nothing of it has to be ended.
    const begin = (): Transfer => {
      ended ??= new AbortController();
      begun ??= { ...transfer, signal: AbortSignal.any([transfer.signal, ended.signal]) };
      return begun;
    };
    const coming = (wanted: readonly SizedBlob[], isAll: boolean): readonly Coming[] =>
      this.#missing(found.packing, { wanted, isAll }, blobs, begin);
    const { entry, packing, inline } = found;
    try {
      takeBlobs(inline, packing.inline, blobs);
      // Listings come with the first: they name the rest. Where all is wanted, what is packed comes at once.
      await this.#all(coming(namedBlobs(entry, found.sizes, brings), brings === undefined), blobs.room());
      const listed = charging(() => listedBlobs(entry, blobs, brings), transfer.wasted);
      await this.#all(coming(listed, false), blobs.room());
      return true;
    } catch (error) {
      if (error instanceof Gone) return false;
      throw error;
    } finally {
      ended?.abort(ENDED);
    }
  }

  /** @param isAll True: whatever is packed is wanted, too. */
  #missing(packing: Packing, { wanted, isAll }: Wanted, blobs: BlobSink, begin: () => Transfer): readonly Coming[] {
    const packed = sizesOf(packing);
    const alone = wanted
      .filter(({ digest, size }) => (packed.get(digest) ?? size) === size || refuse("names two sizes of a blob"))
      .filter(({ digest }) => !packed.has(digest) && !blobs.has(digest))
      .map((blob) => ({ ...blob, bring: () => this.#connection.blob(blob, blobs, begin()) }));
    const digests = isAll ? undefined : new Set(wanted.map(({ digest }) => digest));
    return [...this.#packs(packing, digests, blobs, begin), ...alone];
  }

  #packs(
    { packs }: Packing,
    wanted: ReadonlySet<Digest> | undefined,
    blobs: BlobSink,
    begin: () => Transfer,
  ): readonly Coming[] {
    return packs.flatMap((pack): readonly Coming[] => {
      const span = missingSpan(pack, blobs, wanted);
      if (span === undefined) return [];
      const size = span.frames.reduce((sum, frame) => sum + sizeOfAll(frame.blobs), 0);
      return [{ digest: pack.digest, size, bring: () => this.#connection.pack(pack, span, blobs, begin()) }];
    });
  }

  async #all(coming: readonly Coming[], room: number): Promise<void> {
    if (coming.length === 0) return;
    const size = sizeOfAll(coming);
    // Nothing is wrong with the result: on a disk that has room it is as good as before. Results that come at once must not fill
    // the disk together: the store's own tables could not be written then, and the run would fail.
    if (this.#promised + size > room) throw Object.assign(new Error("the disk has no room for it"), { code: "ENOSPC" });
    this.#promised += size;
    try {
      await atOnce(OBJECTS, coming, async ({ digest, bring }) => {
        const name: RemoteName = { kind: "blob", digest };
        if (!(await this.#knowledge.guard(name, bring))) throw new Gone();
        this.#knowledge.present(digest);
      });
    } finally {
      this.#promised -= size;
    }
  }
}

/** An object that the remote store does not have any more. */
class Gone extends Error {}

function sizesOf({ inline, packs }: Packing): ReadonlyMap<Digest, number> {
  const all = [...inline, ...packs.flatMap(({ frames }) => frames.flatMap(({ blobs }) => blobs))];
  return new Map(all.map(({ digest, size }) => [digest, size]));
}
