import { defined } from "../../model/defined.ts";
import type { RemoteUse } from "../../model/entry.ts";
import type { Backend, Outgoing } from "./backends/backend.ts";
import type { Lookup } from "./remote.ts";
import type { Sender } from "./sender.ts";

/** Counts what a run has of a remote store. */
export class Meter {
  /** The one that is measured. */
  readonly backend: Backend;
  #hits = 0;
  #misses = 0;
  #uploaded = 0;
  #taken = 0;
  #given = 0;
  #saved = 0;

  constructor(backend: Backend) {
    this.backend = this.#measured(backend);
  }

  /** Undefined: nothing was looked up or uploaded. */
  get use(): RemoteUse | undefined {
    if (this.#hits + this.#misses + this.#uploaded === 0) return undefined;
    return {
      remote: this.backend.address,
      hits: this.#hits,
      misses: this.#misses,
      uploaded: this.#uploaded,
      taken: this.#taken,
      given: this.#given,
      saved: Math.round(this.#saved),
    };
  }

  seeking(lookup: Lookup): Lookup {
    return async (sought, blobs, signal) => {
      const found = await lookup(sought, blobs, signal);
      if (found === undefined) this.#misses += 1;
      else this.#hits += 1;
      this.#saved += found?.entry.duration ?? 0;
      return found;
    };
  }

  sending(sender: Sender): Pick<Sender, "send" | "name"> {
    return {
      name: (...args) => sender.name(...args),
      send: async (...args) => {
        await sender.send(...args);
        this.#uploaded += 1;
      },
    };
  }

  #measured(backend: Backend): Backend {
    return {
      address: backend.address,
      ...defined({ notesUse: backend.notesUse }),
      get: async (...args) => {
        const incoming = await backend.get(...args);
        if (incoming === undefined) return undefined;
        const count = (length: number): void => {
          this.#taken += length;
        };
        return { ...incoming, bytes: counted(incoming.bytes, count) };
      },
      put: (name, content, replaces, signal) => {
        const count = (length: number): void => {
          this.#given += length;
        };
        const outgoing: Outgoing = { ...content, bytes: () => counted(content.bytes(), count) };
        return backend.put(name, outgoing, replaces, signal);
      },
      missing: (digests, signal) => backend.missing(digests, signal),
      close: () => backend.close(),
    };
  }
}

async function* counted(bytes: AsyncIterable<Uint8Array>, count: (length: number) => void): AsyncIterable<Uint8Array> {
  for await (const piece of bytes) {
    count(piece.length);
    yield piece;
  }
}
