import type { Identity, Listing } from "./identity.ts";

/** The bits of a mode that are recorded and restored. Setuid, setgid and sticky bits are not. */
const RECORDED = 0o777;

/**
 * Permission bits of a version, as it was found. No part of its identity: a `chmod` makes no new version, but for the
 * bit by which the owner may execute a file. A directory holds the most frequent bits of each kind, and the paths that
 * have others.
 */
export interface Permissions {
  readonly file?: number;
  readonly executable?: number;
  readonly directory?: number;
  /** Relative to the directory, which is "" itself. */
  readonly others?: readonly (readonly [path: string, bits: number])[];
}

type Kind = "file" | "executable" | "directory";

/**
 * Gathers the permission bits of a file or of a directory with its listing; of a symlink there are none.
 * @param modeOf The mode of a path as it was last seen, relative to what is identified; "" is that itself.
 */
export function permissionsOf(
  identity: Identity,
  listing: Listing | undefined,
  modeOf: (path: string) => number | undefined,
): Permissions | undefined {
  if (identity.type === "symlink") return undefined;
  if (identity.type === "file") {
    const mode = modeOf("");
    return mode === undefined ? undefined : { [kindOf(identity)]: mode & RECORDED };
  }
  const bits: [path: string, kind: Kind, bits: number][] = [];
  for (const [path, kind] of entriesWithBits(listing ?? [])) {
    const mode = modeOf(path);
    if (mode !== undefined) bits.push([path, kind, mode & RECORDED]);
  }
  const common = mostFrequent(bits);
  const others = bits.flatMap(([path, kind, own]) => (common[kind] === own ? [] : [[path, own] as const]));
  return { ...common, ...(others.length === 0 ? {} : { others }) };
}

/**
 * Gives a function from a path to its bits; undefined: none were recorded, so the user's umask decides. What makes a
 * file executable is in its identity, which counts: else the restored file would not be the version.
 */
export function bitsOf(permissions: Permissions | undefined): (path: string, kind: Kind) => number | undefined {
  const others = new Map(permissions?.others);
  return (path, kind) => {
    const bits = others.get(path) ?? permissions?.[kind];
    if (bits === undefined || kind === "directory") return bits;
    return kind === "executable" ? bits | 0o100 : bits & ~0o100;
  };
}

export function kindOf({ executable }: { readonly executable: boolean }): Kind {
  return executable ? "executable" : "file";
}

/** Everything in a directory that has permission bits, and the directory itself, each once. */
export function* entriesWithBits(listing: Listing): IterableIterator<readonly [path: string, kind: Kind]> {
  const directories = new Set([""]);
  for (const entry of listing) {
    for (let end = entry.path.indexOf("/"); end !== -1; end = entry.path.indexOf("/", end + 1))
      directories.add(entry.path.slice(0, end));
    if (entry.type === "directory") directories.add(entry.path);
    if (entry.type === "file") yield [entry.path, kindOf(entry)];
  }
  for (const path of directories) yield [path, "directory"];
}

function mostFrequent(all: readonly (readonly [path: string, kind: Kind, bits: number])[]): Permissions {
  const counts = new Map<Kind, Map<number, number>>();
  for (const [, kind, bits] of all) {
    const of = counts.get(kind) ?? new Map<number, number>();
    of.set(bits, (of.get(bits) ?? 0) + 1);
    counts.set(kind, of);
  }
  const entries = [...counts].map(([kind, of]) => [kind, [...of].sort((a, b) => b[1] - a[1])[0]?.[0]] as const);
  return Object.fromEntries(entries);
}
