import type { StoredBlob } from "../blobs/stored.ts";
import type { BlobState } from "./eviction.ts";

/** What takes the space, in bytes. */
export interface Usage {
  readonly names: readonly NameUsage[];
  readonly blobs: number;
  readonly bytes: number;
  readonly unreferenced: number;
  /** The database without the blobs in it. */
  readonly metadata: number;
}

/** What the versions of one name take, in bytes. */
export interface NameUsage {
  readonly name: string;
  /** How many of its versions have their bytes stored. */
  readonly versions: number;
  readonly total: number;
  /** The part that no other name needs. */
  readonly own: number;
}

/** Sums up an inventory of all blobs. @param databaseSize Bytes, blobs in it included. */
export function usageOf(states: readonly BlobState[], blobs: readonly StoredBlob[], databaseSize: number): Usage {
  const inDatabase = blobs.filter(({ where }) => where !== "file");
  return {
    names: usageByName(states),
    blobs: states.length,
    bytes: bytesOf(states),
    unreferenced: bytesOf(states.filter(({ versions, cost }) => versions.length === 0 && cost === 0)),
    metadata: Math.max(0, databaseSize - bytesOf(inDatabase)),
  };
}

/** Largest first. */
function usageByName(states: readonly BlobState[]): readonly NameUsage[] {
  const names = new Map<string, { versions: Set<string>; total: number; own: number }>();
  for (const { versions, size } of states) {
    const needing = Map.groupBy(versions, (version) => version.slice(0, version.lastIndexOf("@")));
    for (const [name, own] of needing) {
      const known = names.get(name) ?? { versions: new Set<string>(), total: 0, own: 0 };
      for (const version of own) known.versions.add(version);
      known.total += size;
      if (needing.size === 1) known.own += size;
      names.set(name, known);
    }
  }
  return [...names]
    .map(([name, { versions, total, own }]) => ({ name, versions: versions.size, total, own }))
    .sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
}

/** How many bytes some blobs take together. */
export function bytesOf(blobs: readonly { readonly size: number }[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}
