import { parseListing } from "../../files/listing.ts";
import type { Digest } from "../../model/digest.ts";
import { type Entry, isAside, type Version } from "../../model/entry.ts";
import { contentOf, type Identity, sameIdentity } from "../../model/identity.ts";
import type { StoredBlob } from "../blobs/blobs.ts";
import { readRecord } from "../records.ts";
import type { Tables } from "../schema.ts";
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

/** What the inventory reads beside the tables. */
export interface InventorySource {
  readonly tables: Tables;
  readonly blobs: readonly StoredBlob[];
  /** Verified bytes of a listing; undefined: they are gone. */
  readBlob(digest: Digest): Buffer | undefined;
  /** Absent: it does not matter here. */
  readonly present?: SourceIdentities;
}

/** The identity of what is in the workspace at the place of a source, by its name; undefined: no file and no directory. */
export type SourceIdentities = (name: string) => Identity | undefined;

/**
 * Every blob with all that refers to it: versions, the ledger, pins, entries. Records are left out: what they name is a
 * version or an entry's, and they are kept whether their bytes are there or not.
 * @param keepVersions How many versions of a name are not superseded.
 */
export function takeInventory(source: InventorySource, keepVersions: number): readonly BlobState[] {
  const drafts = new Map<Digest, Draft>(
    source.blobs.map((blob) => [blob.digest, { blob, versions: [], superseded: true, cost: 0, used: blob.used ?? 0 }]),
  );
  const reach = new Reach(source);
  noteVersions(source, drafts, reach, keepVersions);
  for (const { value } of source.tables.owned.getRange())
    for (const draft of reach.drafts(value.identity, drafts)) draft.protection ??= "in the workspace";
  for (const { value } of source.tables.entries.getRange()) noteEntry(value, source.tables, drafts, reach);
  return [...drafts.values()].map(({ blob, ...rest }) => {
    const { versions, protection, superseded, cost, used } = rest;
    const state = { digest: blob.digest, size: blob.size, versions, superseded, cost, used };
    return protection === undefined ? state : { ...state, protection };
  });
}

function noteVersions(
  { tables, present }: InventorySource,
  drafts: Map<Digest, Draft>,
  reach: Reach,
  keepVersions: number,
): void {
  for (const { key, value: head } of tables.objects.getRange()) {
    const numbers = { start: [key, Number.MAX_SAFE_INTEGER], end: [key, 0], reverse: true } as const;
    let rank = 0;
    for (const { value: version } of tables.versions.getRange(numbers as never)) {
      const pinned = tables.pins.get([key, version.n]) !== undefined;
      const protection =
        protectionOf(version, head.latest?.n === version.n, pinned, rank, head.keep) ??
        (isPresent(version, present) ? "in the workspace" : undefined);
      for (const draft of reach.drafts(version.identity, drafts)) {
        draft.versions.push(`${version.name}@${version.n}`);
        if (protection !== undefined) draft.protection ??= protection;
        if (rank < keepVersions) draft.superseded = false;
        draft.used = Math.max(draft.used, version.time);
        // Until an entry says that a task makes it.
        draft.cost = Math.max(draft.cost, version.cause === "made" ? 0 : Number.POSITIVE_INFINITY);
      }
      if (!isAside(version)) rank += 1;
    }
  }
}

/** A source may have gone back to an earlier version since the last run: then these are bytes that the next edit loses. */
function isPresent({ name, cause, identity }: Version, present: SourceIdentities | undefined): boolean {
  return cause === "used" && present !== undefined && sameIdentity(present(name), identity);
}

function protectionOf(
  version: Version,
  isLatest: boolean,
  pinned: boolean,
  rank: number,
  keep: number | "all" | undefined,
): Protection | undefined {
  if (pinned) return "pinned";
  if (isLatest) return "latest";
  // What was merged away is somebody's work too.
  const published = version.cause === "put" || version.cause === "merged" || version.cause === "proposed";
  if (published && (keep === undefined || keep === "all" || rank < keep)) return "kept by its object";
  return undefined;
}

function noteEntry(entry: Entry, tables: Tables, drafts: Map<Digest, Draft>, reach: Reach): void {
  const bytes = entry.outputs.reduce((sum, { size }) => sum + size, 0);
  const used = readRecord(tables, entry.record)?.started ?? 0;
  const note = (draft: Draft | undefined): void => {
    if (draft === undefined) return;
    draft.used = Math.max(draft.used, used);
    draft.cost = Math.max(draft.cost, (entry.duration + 1) / Math.max(1, bytes));
  };
  for (const { identity } of entry.outputs) for (const draft of reach.drafts(identity, drafts)) note(draft);
  if (entry.log !== undefined) note(drafts.get(entry.log));
}

/** What an identity needs: a file its blob, a directory its listing and all that is in it. Listings are read once. */
class Reach {
  readonly #source: InventorySource;
  readonly #listings = new Map<Digest, readonly Digest[]>();

  constructor(source: InventorySource) {
    this.#source = source;
  }

  drafts(of: Identity, drafts: ReadonlyMap<Digest, Draft>): Draft[] {
    const identity = contentOf(of);
    if (identity.type === "symlink") return [];
    const digests = identity.type === "file" ? [identity.digest] : this.#ofDirectory(identity.digest);
    return digests.flatMap((digest) => drafts.get(digest) ?? []);
  }

  #ofDirectory(digest: Digest): readonly Digest[] {
    const known = this.#listings.get(digest);
    if (known !== undefined) return known;
    const bytes = this.#source.readBlob(digest);
    const inside = bytes === undefined ? [] : parseListing(bytes);
    const digests = [digest, ...new Set(inside.flatMap((entry) => (entry.type === "file" ? [entry.digest] : [])))];
    this.#listings.set(digest, digests);
    return digests;
  }
}
