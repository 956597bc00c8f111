import type { Hasher } from "../../host/files/host.ts";
import type { SourceIdentities } from "../../model/identity.ts";
import type { Blobs } from "../blobs/blobs.ts";
import type { StoredBlob } from "../blobs/stored.ts";
import { guard } from "../errors.ts";
import { keyOf } from "../keys.ts";
import type { Tables } from "../schema.ts";
import { transact } from "../transact.ts";
import { checkUp, type Finding } from "./checkup.ts";
import { type Compaction, type CompactionPlan, compact, compactable } from "./compact.ts";
import { type Eviction, type EvictionLimits, planEviction } from "./eviction.ts";
import { takeInventory } from "./inventory.ts";
import { bytesOf, type Usage, usageOf } from "./usage.ts";

/** What an eviction is planned from. */
export interface EvictionRequest {
  readonly limits: EvictionLimits;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Protects versions to which a source has gone back. */
  readonly sources?: SourceIdentities;
}

/** The blobs that an eviction takes, and how many bytes remain. */
export interface EvictionPlan {
  readonly evictions: readonly Eviction[];
  readonly remaining: number;
}

/** The parts of a store that upkeep works on. */
export interface UpkeepParts {
  readonly tables: Tables;
  readonly blobs: Blobs;
  readonly hasher: Hasher;
  /** The store's, absolute. */
  readonly directory: string;
}

/**
 * Maintains the store: what may go, what is pinned, what takes the space. The lease is held where something is changed.
 *
 * Blobs are removed only within the write transaction: what a writer has committed before is seen here and stays; a writer
 * that commits later finds its blob gone within its own transaction (see `publish.ts`) and brings it again. Runs wait
 * for the lease.
 */
export class Upkeep {
  readonly #tables: Tables;
  readonly #blobs: Blobs;
  readonly #hasher: Hasher;
  readonly #directory: string;

  constructor({ tables, blobs, hasher, directory }: UpkeepParts) {
    this.#tables = tables;
    this.#blobs = blobs;
    this.#hasher = hasher;
    this.#directory = directory;
  }

  /** Every blob there is. */
  blobs(): readonly StoredBlob[] {
    return this.#blobs.list();
  }

  /** How many bytes all blobs take. */
  size(): number {
    return this.#blobs.size();
  }

  /** Plans an eviction without making it. */
  plan({ limits, now, sources }: EvictionRequest): EvictionPlan {
    const keepVersions = limits.keepVersions ?? Number.POSITIVE_INFINITY;
    const states = takeInventory(this.#tables, this.#blobs, { blobs: this.blobs(), keepVersions, sources });
    const evictions = planEviction(states, limits, now);
    return { evictions, remaining: bytesOf(states) - bytesOf(evictions.map(({ blob }) => blob)) };
  }

  /** Plans and evicts, all within one transaction. */
  evict(request: EvictionRequest): EvictionPlan {
    let evictions: readonly Eviction[] = [];
    return this.#transact(() => {
      // Of what an aborted try evicted the files are gone.
      const gone = evictions.filter(({ blob }) => !this.#blobs.has(blob.digest));
      const planned = this.plan(request);
      this.#blobs.remove(planned.evictions.map(({ blob }) => blob.digest));
      evictions = [...gone, ...planned.evictions];
      return { ...planned, evictions };
    });
  }

  /**
   * Turns large superseded blob files into chunks that they share, oldest first. The lease is held.
   * @param limitBytes Bytes of files that this call may take. A larger one waits for a call that may.
   */
  compact(limitBytes: number): Compaction {
    return guard(this.#directory, () => compact(this.#tables, this.#blobs, limitBytes));
  }

  /** What `compact` would do, without a limit. */
  compactable(): CompactionPlan {
    const blobs = compactable(this.#tables, this.#blobs);
    return { blobs: blobs.length, before: bytesOf(blobs) };
  }

  /** Checks every digest and reference, and mends what it can. The lease is held. */
  checkUp(): readonly Finding[] {
    const findings = new Map<string, Finding>();
    return this.#transact(() => {
      // A damaged file that an aborted try dropped is not found again.
      for (const finding of checkUp(this.#tables, this.#blobs))
        findings.set(`${finding.kind} ${finding.subject}`, finding);
      return [...findings.values()];
    });
  }

  /** What takes the space, largest first. All in bytes. */
  usage(): Usage {
    const blobs = this.blobs();
    const states = takeInventory(this.#tables, this.#blobs, { blobs, keepVersions: Number.POSITIVE_INFINITY });
    return usageOf(states, blobs, this.#blobs.databaseSize());
  }

  /** Protects a version's bytes from every eviction; false: they were protected before. */
  pin(name: string, n: number, time: number): boolean {
    return this.#setPin([keyOf(this.#hasher, name), n], time);
  }

  /** Removes a pin; false: there was none. */
  unpin(name: string, n: number): boolean {
    return this.#setPin([keyOf(this.#hasher, name), n], undefined);
  }

  /** Numbers of the versions of a name that are pinned. */
  pins(name: string): readonly number[] {
    const key = keyOf(this.#hasher, name);
    const range = { start: [key, 0], end: [key, Number.MAX_SAFE_INTEGER] };
    return [...this.#tables.pins.getKeys(range as never)].map(([, n]) => n);
  }

  /**
   * Sets or removes a pin. True when that changed something.
   * @param time Undefined: the pin goes.
   */
  #setPin(key: [string, number], time: number | undefined): boolean {
    const { pins } = this.#tables;
    return this.#transact(() => {
      if ((pins.get(key) !== undefined) === (time !== undefined)) return false;
      if (time === undefined) pins.removeSync(key);
      else pins.putSync(key, time);
      return true;
    });
  }

  #transact<T>(act: () => T): T {
    return transact(this.#tables, this.#directory, act);
  }
}
