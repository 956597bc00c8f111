import type { Hasher } from "../host/host.ts";
import type { Digest } from "../model/digest.ts";
import type { BlobFiles } from "./blobs.ts";
import { type Eviction, type EvictionLimits, planEviction } from "./eviction.ts";
import { takeInventory } from "./inventory.ts";
import { keyOf } from "./keys.ts";
import { freshReads, type Tables } from "./schema.ts";

/** A blob as it lies in the store. */
export interface StoredBlob {
  readonly digest: Digest;
  /** Bytes that it takes. */
  readonly size: number;
  readonly where: "table" | "file";
  /** Milliseconds since the epoch when its file was used last. */
  readonly used?: number;
}

/**
 * Looks after the store: what may go, what is pinned, what takes the space. The lease is held where something is changed.
 *
 * Nothing is removed but within the write transaction: a writer that commits before keeps what it needs, for it is seen
 * here; one that commits after finds its blob gone within its own transaction (see `publish.ts`) and brings it again. Runs
 * are kept out by the lease.
 */
export class Upkeep {
  readonly #tables: Tables;
  readonly #files: BlobFiles;
  readonly #hasher: Hasher;
  readonly #readBlob: (digest: Digest) => Buffer | undefined;

  constructor(tables: Tables, files: BlobFiles, hasher: Hasher, readBlob: (digest: Digest) => Buffer | undefined) {
    this.#tables = tables;
    this.#files = files;
    this.#hasher = hasher;
    this.#readBlob = readBlob;
  }

  /** Every blob there is. */
  blobs(): readonly StoredBlob[] {
    const small = [...this.#tables.blobs.getRange()].map(
      ({ key, value }): StoredBlob => ({ digest: key as Digest, size: value.length, where: "table" }),
    );
    const large = this.#files
      .all()
      .map(({ digest, size, used }): StoredBlob => ({ digest, size, where: "file", used }));
    return [...small, ...large];
  }

  /** What would go by these limits, and how much stays, in bytes. */
  plan(limits: EvictionLimits, now: number): { readonly evictions: readonly Eviction[]; readonly kept: number } {
    const source = { tables: this.#tables, blobs: this.blobs(), readBlob: this.#readBlob };
    const states = takeInventory(source, limits.keepVersions ?? Number.POSITIVE_INFINITY);
    const evictions = planEviction(states, limits, now);
    const total = states.reduce((sum, { size }) => sum + size, 0);
    return { evictions, kept: total - evictions.reduce((sum, { blob }) => sum + blob.size, 0) };
  }

  /** Does it, all within one transaction. */
  evict(limits: EvictionLimits, now: number): { readonly evictions: readonly Eviction[]; readonly kept: number } {
    const { root, blobs } = this.#tables;
    const done = root.transactionSync(() => {
      const planned = this.plan(limits, now);
      for (const { blob } of planned.evictions) {
        blobs.removeSync(blob.digest);
        this.#files.remove(blob.digest);
      }
      return planned;
    });
    freshReads(root);
    return done;
  }

  /** Keeps a version's bytes whatever happens; false: it was so before. */
  pin(name: string, n: number, time: number): boolean {
    const { root, pins } = this.#tables;
    const key: [string, number] = [keyOf(this.#hasher, name), n];
    const known = root.transactionSync(() => {
      const before = pins.get(key) !== undefined;
      if (!before) pins.putSync(key, time);
      return before;
    });
    freshReads(root);
    return !known;
  }

  /** False: it was not pinned. */
  unpin(name: string, n: number): boolean {
    const { root, pins } = this.#tables;
    const key: [string, number] = [keyOf(this.#hasher, name), n];
    const known = root.transactionSync(() => {
      const before = pins.get(key) !== undefined;
      if (before) pins.removeSync(key);
      return before;
    });
    freshReads(root);
    return known;
  }

  /** Numbers of the versions of a name that are pinned. */
  pins(name: string): readonly number[] {
    const key = keyOf(this.#hasher, name);
    const range = { start: [key, 0], end: [key, Number.MAX_SAFE_INTEGER] };
    return [...this.#tables.pins.getKeys(range as never)].map(([, n]) => n);
  }
}
