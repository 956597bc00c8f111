import type { Hasher } from "../../host/files/host.ts";
import { defined } from "../../model/defined.ts";
import type { Digest } from "../../model/digest.ts";
import type { BlobFiles, StoredBlob } from "../blobs/blobs.ts";
import type { Chunks } from "../blobs/chunks.ts";
import { keyOf } from "../keys.ts";
import { freshReads, type Tables } from "../schema.ts";
import { checkUp, type Finding } from "./checkup.ts";
import { type Eviction, type EvictionLimits, planEviction } from "./eviction.ts";
import { type SourceIdentities, takeInventory } from "./inventory.ts";

/** What goes, and how many bytes stay. */
export interface EvictionPlan {
  readonly evictions: readonly Eviction[];
  readonly kept: number;
}

/** What takes the space, in bytes. */
export interface Usage {
  readonly names: readonly {
    readonly name: string;
    /** Those whose bytes are there. */
    readonly versions: number;
    readonly total: number;
    /** What no other name needs. */
    readonly own: number;
  }[];
  readonly blobs: number;
  readonly bytes: number;
  readonly unreferenced: number;
  /** The database without the blobs in it. */
  readonly metadata: number;
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
  readonly #chunks: Chunks;
  readonly #hasher: Hasher;
  readonly #readBlob: (digest: Digest) => Buffer | undefined;

  constructor(
    tables: Tables,
    files: BlobFiles,
    chunks: Chunks,
    hasher: Hasher,
    readBlob: (digest: Digest) => Buffer | undefined,
  ) {
    this.#tables = tables;
    this.#files = files;
    this.#chunks = chunks;
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
    // Last what counts where a crash left both: the file.
    return [...small, ...this.#chunks.all(), ...large];
  }

  /** What would go by these limits, and how much stays, in bytes. */
  plan(limits: EvictionLimits, now: number, present?: SourceIdentities): EvictionPlan {
    const common = { tables: this.#tables, blobs: this.blobs(), readBlob: this.#readBlob };
    const source = { ...common, ...defined({ present }) };
    const states = takeInventory(source, limits.keepVersions ?? Number.POSITIVE_INFINITY);
    const evictions = planEviction(states, limits, now);
    const total = states.reduce((sum, { size }) => sum + size, 0);
    return { evictions, kept: total - evictions.reduce((sum, { blob }) => sum + blob.size, 0) };
  }

  /** Does it, all within one transaction. */
  evict(limits: EvictionLimits, now: number, present?: SourceIdentities): EvictionPlan {
    const { root, blobs } = this.#tables;
    const done = root.transactionSync(() => {
      const planned = this.plan(limits, now, present);
      for (const { blob } of planned.evictions) {
        blobs.removeSync(blob.digest);
        this.#files.remove(blob.digest);
      }
      this.#chunks.remove(planned.evictions.map(({ blob }) => blob.digest));
      return planned;
    });
    freshReads(root);
    return done;
  }

  /** Checks every digest and reference, and mends what it can. The lease is held. */
  checkUp(): readonly Finding[] {
    const { root, blobs } = this.#tables;
    const findings = checkUp({
      tables: this.#tables,
      files: this.#files,
      chunks: this.#chunks,
      hasher: this.#hasher,
      hasBlob: (digest) => blobs.doesExist(digest) || this.#files.has(digest) || this.#chunks.has(digest),
      readBlob: this.#readBlob,
    });
    freshReads(root);
    return findings;
  }

  /** What takes the space, largest first. All in bytes. */
  usage(): Usage {
    const source = { tables: this.#tables, blobs: this.blobs(), readBlob: this.#readBlob };
    const states = takeInventory(source, Number.POSITIVE_INFINITY);
    const names = new Map<string, { versions: Set<string>; total: number; own: number }>();
    for (const { versions, size } of states) {
      const needing = new Map<string, string[]>();
      for (const version of versions) {
        const name = version.slice(0, version.lastIndexOf("@"));
        needing.set(name, [...(needing.get(name) ?? []), version]);
      }
      for (const [name, own] of needing) {
        const known = names.get(name) ?? { versions: new Set<string>(), total: 0, own: 0 };
        for (const version of own) known.versions.add(version);
        known.total += size;
        if (needing.size === 1) known.own += size;
        names.set(name, known);
      }
    }
    const bytes = states.reduce((sum, { size }) => sum + size, 0);
    const small = states.reduce((sum, { digest, size }) => (this.#files.has(digest) ? sum : sum + size), 0);
    return {
      names: [...names]
        .map(([name, { versions, total, own }]) => ({ name, versions: versions.size, total, own }))
        .sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1)),
      blobs: states.length,
      bytes,
      unreferenced: states.reduce(
        (sum, { versions, cost, size }) => sum + (versions.length + cost === 0 ? size : 0),
        0,
      ),
      metadata: Math.max(0, this.#files.metadata() - small),
    };
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
