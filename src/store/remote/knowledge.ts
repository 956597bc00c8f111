import type { Digest, Fingerprint } from "../../model/digest.ts";
import { RemoteError, type RemoteName } from "./backends/backend.ts";
import { BundledRecords, type Records } from "./bundles/bundle.ts";
import type { RecordPlace } from "./shared-record.ts";

/** What a run found out about a remote store: what is there, and what there is to be replaced. */
export class Knowledge {
  readonly #damaged = new Set<string>();
  readonly #examined = new Set<string>();
  readonly #present = new Set<Digest>();
  /** Scope → sound records that are there. */
  readonly #records = new Map<string, BundledRecords>();
  /** Fingerprints of the results among them, in whatever scope. */
  readonly #results = new Set<Fingerprint>();

  /** It was asked for: if it was there and is not noted as damaged, it is as it should be. */
  examined(name: RemoteName): void {
    this.#examined.add(keyOf(name));
  }

  isExamined(name: RemoteName): boolean {
    return this.#examined.has(keyOf(name));
  }

  /** It is there, and is not what it should be: whoever makes it anew replaces it. */
  damaged(name: RemoteName): void {
    this.#damaged.add(keyOf(name));
    if (name.kind === "blob") this.#present.delete(name.digest);
    else this.#records.get(name.scope)?.delete(name.fingerprint);
  }

  /** A sound record is there: it was read or written. */
  sound(kind: "result" | "found", { scope, fingerprint }: RecordPlace, bytes: Buffer): void {
    const records = this.#records.get(scope) ?? new BundledRecords();
    this.#records.set(scope, records);
    records.add(fingerprint, bytes);
    if (kind === "result") this.#results.add(fingerprint);
  }

  /** Sound records of a scope, as far as this run knows them and a bundle holds them. */
  soundIn(scope: string): Records {
    return this.#records.get(scope)?.fitting ?? new Map();
  }

  /** How many results are known to be there. */
  get results(): number {
    return this.#results.size;
  }

  /** Notes what is damaged while it is read. */
  async guard<T>(name: RemoteName, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof RemoteError && error.trouble === "damaged") this.damaged(name);
      throw error;
    }
  }

  isDamaged(name: RemoteName): boolean {
    return this.#damaged.has(keyOf(name));
  }

  present(digest: Digest): void {
    this.#present.add(digest);
    this.#damaged.delete(digest);
  }

  isPresent(digest: Digest): boolean {
    return this.#present.has(digest);
  }
}

function keyOf(name: RemoteName): string {
  // A result is asked for in several scopes, and written in one of them.
  return name.kind === "blob" ? name.digest : `${name.scope} ${name.fingerprint}`;
}
