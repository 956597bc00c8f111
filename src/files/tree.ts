import type { DirectoryEntry, Hasher } from "../host/files/host.ts";
import type { Identity, Listing, ListingEntry } from "../model/identity.ts";
import { compareBytes } from "../model/order.ts";
import { refuseForeign } from "./foreign-name.ts";
import { canonicalListing } from "./listing.ts";

/** A directory with all that is in it. `size`: bytes of its files together. */
export interface Tree {
  readonly identity: Identity & { readonly type: "directory" };
  readonly listing: Listing;
  readonly size: number;
}

/** What reading a tree asks of the file index. Paths as the index takes them. */
export interface TreeSource {
  readonly hasher: Hasher;
  list(path: string): readonly DirectoryEntry[] | undefined;
  /** Told of each entry before it is identified. */
  expect(path: string, type: DirectoryEntry["type"]): void;
  identify(path: string): Identity | undefined;
  /** The text of a symlink. */
  link(path: string): string | undefined;
  size(path: string): number;
}

/** Reads a directory and all below it; undefined when it is none. Its symlinks count as their text. */
export function readTree(path: string, source: TreeSource): Tree | undefined {
  const entries = source.list(path);
  if (entries === undefined) return undefined;
  const listing: ListingEntry[] = [];
  collect(path, "", entries, source, listing);
  listing.sort((a, b) => compareBytes(a.path, b.path));
  const size = listing.reduce((sum, entry) => sum + (entry.type === "file" ? entry.size : 0), 0);
  return { identity: { type: "directory", digest: source.hasher.digest(canonicalListing(listing)) }, listing, size };
}

function collect(
  root: string,
  below: string,
  entries: readonly DirectoryEntry[],
  source: TreeSource,
  into: ListingEntry[],
): void {
  for (const entry of entries) {
    refuseForeign(below === "" ? root : `${root}/${below}`, entry);
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.type === "directory") {
      const children = source.list(`${root}/${path}`) ?? [];
      if (children.length === 0) into.push({ type: "directory", path });
      else collect(root, path, children, source, into);
      continue;
    }
    source.expect(`${root}/${path}`, entry.type);
    const text = entry.type === "symlink" ? source.link(`${root}/${path}`) : undefined;
    if (text !== undefined) {
      into.push({ type: "symlink", path, text });
      continue;
    }
    const identity = source.identify(`${root}/${path}`);
    if (identity?.type === "file")
      into.push({
        type: "file",
        path,
        digest: identity.digest,
        executable: identity.executable,
        size: source.size(`${root}/${path}`),
      });
  }
}
