import { type ContentKind, diffContent } from "../content/diff/diff.ts";
import type { ContentDifference, Difference, EntryDifference } from "../content/diff/difference.ts";
import type { Digest } from "../model/digest.ts";
import { type Identity, type Listing, type ListingEntry, sameIdentity } from "../model/identity.ts";
import { own } from "../model/own.ts";

/** Greater files, in bytes, are compared by their size alone. */
const LARGEST = 256 * 1024 * 1024;

/** Something with bytes that can be compared: a version, or what is in the workspace. */
export interface Comparable {
  readonly identity: Identity;
  /** A path, whose ending tells the kind of content. */
  readonly name: string;
  /** What it is, whatever its name. */
  readonly kind?: ContentKind;
  /** Size of a file, in bytes. */
  readonly size: number;
  /** What is in it, when it is a directory. */
  listing(): Listing;
  /** The bytes of a file in it; `path` is relative to it, and empty for the thing itself. */
  read(path: string, digest: Digest): Uint8Array;
}

/** How one side differs from the other. */
export function compare(before: Comparable, after: Comparable): Difference {
  const [a, b] = [before.identity, after.identity];
  if (a.type === "directory" && b.type === "directory")
    return sameIdentity(a, b) ? { kind: "same" } : compareDirectories(before, after);
  const side = ({ identity, size }: Comparable): ListingEntry | undefined => entryOf(identity, size);
  return compareEntries(before, after, side(before), side(after));
}

/** The side itself as one entry; undefined: it is a directory. */
function entryOf(identity: Identity, size: number): ListingEntry | undefined {
  if (identity.type === "directory") return undefined;
  if (identity.type === "symlink") return { type: "symlink", path: "", text: identity.text };
  return { type: "file", path: "", digest: identity.digest, executable: identity.executable, size };
}

function compareDirectories(before: Comparable, after: Comparable): Difference {
  const [old, now] = [before, after].map((side) => new Map(side.listing().map((entry) => [entry.path, entry])));
  const entries: EntryDifference[] = [];
  for (const path of [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort()) {
    const [a, b] = [old?.get(path), now?.get(path)];
    const only = a ?? b;
    if (only === undefined) continue;
    if (a === undefined || b === undefined) {
      const size = only.type === "file" ? { size: only.size } : {};
      entries.push({ path, type: only.type, ...size, status: a === undefined ? "added" : "removed" });
      continue;
    }
    const difference = compareEntries(before, after, a, b);
    if (difference.kind !== "same") entries.push({ path, type: b.type, difference, status: "changed" });
    else if (b.type === "symlink" && !sameIdentity(targetOf(before, path), targetOf(after, path)))
      entries.push({ path, type: b.type, status: "changed" });
  }
  return { kind: "directory", entries };
}

/** What a symlink of a directory leads to, outside of it. */
function targetOf({ identity }: Comparable, path: string): Identity | undefined {
  return identity.type === "directory" ? own(identity.targets, path) : undefined;
}

function compareEntries(
  before: Comparable,
  after: Comparable,
  a: ListingEntry | undefined,
  b: ListingEntry | undefined,
): Difference {
  const types = [a?.type ?? "directory", b?.type ?? "directory"] as const;
  if (a?.type === "symlink" && b?.type === "symlink")
    return a.text === b.text ? { kind: "same" } : { kind: "symlink", before: a.text, after: b.text };
  if (a?.type !== "file" || b?.type !== "file")
    return types[0] === types[1] ? { kind: "same" } : { kind: "type", before: types[0], after: types[1] };
  if (a.digest === b.digest && a.executable === b.executable) return { kind: "same" };
  return {
    kind: "file",
    ...(a.executable === b.executable ? {} : { executable: b.executable }),
    ...(a.digest === b.digest ? {} : { content: compareFiles(before, after, a, b) }),
  };
}

type FileEntry = ListingEntry & { readonly type: "file" };

function compareFiles(before: Comparable, after: Comparable, a: FileEntry, b: FileEntry): ContentDifference {
  if (Math.max(a.size, b.size) > LARGEST) return { kind: "binary", before: a.size, after: b.size };
  const [old, now] = [before.read(a.path, a.digest), after.read(b.path, b.digest)];
  return b.path === "" ? diffContent(after.name, old, now, after.kind) : diffContent(b.path, old, now);
}
