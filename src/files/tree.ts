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
  /** Called for each entry before it is identified. */
  expect(path: string, type: DirectoryEntry["type"]): void;
  identify(path: string): Identity | undefined;
  /** The text of a symlink. */
  link(path: string): string | undefined;
  size(path: string): number;
}

/** Reads a directory and all below it; undefined when it is none. Its symlinks count as their text. */
export function readTree(root: string, source: TreeSource): Tree | undefined {
  const entries = source.list(root);
  if (entries === undefined) return undefined;
  const listing: ListingEntry[] = [];
  const visit = (below: string, inside: readonly DirectoryEntry[]): void => {
    for (const entry of inside) {
      refuseForeign(below === "" ? root : `${root}/${below}`, entry);
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      const children = entry.type === "directory" ? (source.list(`${root}/${path}`) ?? []) : [];
      if (children.length > 0) visit(path, children);
      else listing.push(...entryOf(root, path, entry.type, source));
    }
  };
  visit("", entries);
  listing.sort((a, b) => compareBytes(a.path, b.path));
  const size = listing.reduce((sum, entry) => sum + (entry.type === "file" ? entry.size : 0), 0);
  return { identity: { type: "directory", digest: source.hasher.digest(canonicalListing(listing)) }, listing, size };
}

/** The entry of a path; none when the path is gone by now, or has no content. */
function entryOf(
  root: string,
  path: string,
  type: DirectoryEntry["type"],
  source: TreeSource,
): readonly ListingEntry[] {
  if (type === "directory") return [{ type, path }];
  const whole = `${root}/${path}`;
  source.expect(whole, type);
  const text = type === "symlink" ? source.link(whole) : undefined;
  if (text !== undefined) return [{ type: "symlink", path, text }];
  const identity = source.identify(whole);
  if (identity?.type !== "file") return [];
  const { digest, executable } = identity;
  return [{ type: "file", path, digest, executable, size: source.size(whole) }];
}
