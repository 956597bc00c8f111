import { parseListing } from "../../files/listing.ts";
import type { Digest } from "../../model/digest.ts";
import { type Entry, isSideVersion, type Version } from "../../model/entry.ts";
import { contentOf, type Identity, type SourceIdentities, sameIdentity } from "../../model/identity.ts";
import type { Blobs } from "../blobs/blobs.ts";
import type { StoredBlob } from "../blobs/stored.ts";
import { readRecord } from "../records.ts";
import type { ObjectHead, Tables } from "../schema.ts";
import type { BlobState, Protection } from "./eviction.ts";

interface Draft {
  readonly blob: StoredBlob;
  readonly versions: string[];
  protection?: Protection;
  /** False once some version that needs it is among the newest of its name. */
  superseded: boolean;
  cost: number;
  used: number;
}

/** What an inventory is taken of. */
export interface InventoryScope {
  readonly blobs: readonly StoredBlob[];
  /** How many of the newest versions of a name are not superseded. */
  readonly keepVersions: number;
  /** Protects versions to which a source has gone back. Absent: that does not matter here. */
  readonly sources?: SourceIdentities | undefined;
  /**
   * Entries, each with a record, are two thirds of what there is to read (320 ms with 10,000 units, and 105 without them). False: they are left
   * out, so that what a blob costs is not known, nor when it was last used but by its versions.
   */
  readonly entries?: false;
}

/** What protects a version beside the workspace. */
interface Protectors {
  /** Of its name. */
  readonly head: ObjectHead;
  readonly isPinned: boolean;
  /** How many newer versions its name has, without side versions. */
  readonly rank: number;
}

/**
 * Every blob with all that refers to it: versions, the ledger, pins, entries. Records are left out: what they name is a
 * version's or an entry's, and they stay whether their bytes are stored or not.
 */
export function takeInventory(tables: Tables, blobs: Blobs, scope: InventoryScope): readonly BlobState[] {
  return new Inventory(tables, blobs, scope).take();
}

class Inventory {
  readonly #tables: Tables;
  readonly #blobs: Blobs;
  readonly #scope: InventoryScope;
  readonly #drafts: ReadonlyMap<Digest, Draft>;
  /** What directories need. Each listing is read once. */
  readonly #listings = new Map<Digest, readonly Digest[]>();

  constructor(tables: Tables, blobs: Blobs, scope: InventoryScope) {
    this.#tables = tables;
    this.#blobs = blobs;
    this.#scope = scope;
    this.#drafts = new Map(
      scope.blobs.map((blob) => [blob.digest, { blob, versions: [], superseded: true, cost: 0, used: blob.used ?? 0 }]),
    );
  }

  take(): readonly BlobState[] {
    for (const { key, value: head } of this.#tables.objects.getRange()) this.#noteVersions(key, head);
    for (const { value } of this.#tables.owned.getRange())
      for (const draft of this.#neededBy(value.identity)) draft.protection ??= "in the workspace";
    if (this.#scope.entries !== false) for (const { value } of this.#tables.entries.getRange()) this.#noteEntry(value);
    return [...this.#drafts.values()].map(stateOf);
  }

  #noteVersions(key: string, head: ObjectHead): void {
    const [tables, scope] = [this.#tables, this.#scope];
    const numbers = { start: [key, Number.MAX_SAFE_INTEGER], end: [key, 0], reverse: true } as const;
    let rank = 0;
    for (const { value: version } of tables.versions.getRange(numbers as never)) {
      const isPinned = tables.pins.get([key, version.n]) !== undefined;
      const protection =
        protectionOf(version, { head, isPinned, rank }) ??
        (isCurrentSource(version, scope.sources) ? "in the workspace" : undefined);
      for (const draft of this.#neededBy(version.identity)) {
        draft.versions.push(`${version.name}@${version.n}`);
        if (protection !== undefined) draft.protection ??= protection;
        if (rank < scope.keepVersions) draft.superseded = false;
        draft.used = Math.max(draft.used, version.time);
        // Until an entry says that a task makes it.
        draft.cost = Math.max(draft.cost, version.cause === "made" ? 0 : Number.POSITIVE_INFINITY);
      }
      if (!isSideVersion(version)) rank += 1;
    }
  }

  #noteEntry(entry: Entry): void {
    const bytes = entry.outputs.reduce((sum, { size }) => sum + size, 0);
    const used = readRecord(this.#tables, entry.record)?.started ?? 0;
    const log = entry.log === undefined ? undefined : this.#drafts.get(entry.log);
    const drafts = entry.outputs.flatMap(({ identity }) => this.#neededBy(identity));
    for (const draft of log === undefined ? drafts : [...drafts, log]) {
      draft.used = Math.max(draft.used, used);
      draft.cost = Math.max(draft.cost, (entry.duration + 1) / Math.max(1, bytes));
    }
  }

  /** What an identity needs: a file its blob, a directory its listing and all that is in it. */
  #neededBy(of: Identity): Draft[] {
    const identity = contentOf(of);
    if (identity.type === "symlink") return [];
    const digests = identity.type === "file" ? [identity.digest] : this.#inDirectory(identity.digest);
    return digests.flatMap((digest) => this.#drafts.get(digest) ?? []);
  }

  #inDirectory(digest: Digest): readonly Digest[] {
    const known = this.#listings.get(digest);
    if (known !== undefined) return known;
    const bytes = this.#blobs.read(digest);
    const inside = bytes === undefined ? [] : parseListing(bytes);
    const digests = [digest, ...new Set(inside.flatMap((entry) => (entry.type === "file" ? [entry.digest] : [])))];
    this.#listings.set(digest, digests);
    return digests;
  }
}

function stateOf({ blob, versions, protection, superseded, cost, used }: Draft): BlobState {
  const state = { digest: blob.digest, size: blob.size, versions, superseded, cost, used };
  return protection === undefined ? state : { ...state, protection };
}

/** A source may have gone back to an earlier version since the last run: then the next edit loses these bytes. */
function isCurrentSource({ name, cause, identity }: Version, sources: SourceIdentities | undefined): boolean {
  return cause === "used" && sources !== undefined && sameIdentity(sources(name), identity);
}

function protectionOf({ n, cause }: Version, { head, isPinned, rank }: Protectors): Protection | undefined {
  if (isPinned) return "pinned";
  if (head.latest === n) return "latest";
  // What was merged away is a writer's work too.
  const isPublished = cause === "put" || cause === "merged" || cause === "proposed";
  const { keep = "all" } = head;
  return isPublished && (keep === "all" || rank < keep) ? "protected by its object" : undefined;
}
