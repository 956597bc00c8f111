import { isAbsolute, join, posix } from "node:path";
import { canonicalListing } from "../../files/listing.ts";
import { isExecutable } from "../../files/records.ts";
import { readTree, type TreeSource } from "../../files/tree.ts";
import { realFiles } from "../../host/files/files.ts";
import { hasher } from "../../host/files/hash.ts";
import type { Digest } from "../../model/digest.ts";
import type { Identity, Listing } from "../../model/identity.ts";
import { own } from "../../model/own.ts";
import { isInnerPath } from "../../model/path.ts";
import type { NeededInput } from "../executor.ts";
import type { RayInput } from "./protocol.ts";

/** An input that cannot be brought to another machine as it is here. */
export class Unbringable extends Error {
  /** Workspace path. */
  readonly path: string;
  readonly why: "leads-out" | "changed";

  constructor(path: string, why: Unbringable["why"]) {
    super(`${path} ${why}`);
    this.path = path;
    this.why = why;
  }
}

/** What directories hold, by their digest: it never changes. */
export type Listings = Map<Digest, Listing>;

/**
 * What has to stand in the directory of an attempt, each path once: directories with all that they hold, and what symlinks lead to.
 * Throws `Unbringable`.
 * @param objects Absolute path of an object of a store outside of the workspace → its path in the attempt's directory.
 */
export function expandInputs(
  inputs: Iterable<NeededInput>,
  root: string,
  { objects, listings }: { readonly objects: ReadonlyMap<string, string>; readonly listings: Listings },
): readonly RayInput[] {
  const found = new Map<string, RayInput>();
  const expansion = { root, listings, found };
  for (const { path, identity } of inputs) {
    const target = isAbsolute(path) ? objects.get(path) : path;
    // Programs of the machine are compared there.
    if (target !== undefined) bring(path, target, identity, expansion);
  }
  // Symlinks come last: nothing is written through one.
  return [...found.values()].sort((a, b) => Number(a.type === "symlink") - Number(b.type === "symlink"));
}

interface Expansion {
  readonly root: string;
  readonly listings: Listings;
  readonly found: Map<string, RayInput>;
}

function bring(source: string, path: string, identity: Identity, expansion: Expansion): void {
  if (expansion.found.has(path)) return;
  if (identity.type === "symlink") bringLink(path, identity.text, identity.target, expansion);
  else if (identity.type === "directory") bringDirectory(path, identity, expansion);
  else bringFile(source, path, identity, expansion);
}

function bringFile(
  source: string,
  path: string,
  { digest, executable }: Identity & { type: "file" },
  expansion: Expansion,
): void {
  const absolute = isAbsolute(source) ? source : join(expansion.root, source);
  const size = realFiles.stat(absolute)?.size;
  if (size === undefined) throw new Unbringable(path, "changed");
  expansion.found.set(path, { type: "file", path, digest, executable, size, source: absolute });
}

function bringLink(path: string, text: string, target: Identity | undefined, expansion: Expansion): void {
  const led = posix.join(posix.dirname(path), text);
  // What is there on another machine was not digested, so that no fingerprint could tell its content.
  if (isAbsolute(text) || !isInnerPath(led)) throw new Unbringable(path, "leads-out");
  expansion.found.set(path, { type: "symlink", path, text });
  if (target !== undefined) bring(led, led, target, expansion);
}

function bringDirectory(path: string, identity: Identity & { type: "directory" }, expansion: Expansion): void {
  expansion.found.set(path, { type: "directory", path });
  for (const entry of listingOf(path, identity.digest, expansion)) {
    const whole = `${path}/${entry.path}`;
    if (entry.type === "file") {
      const { digest, executable, size } = entry;
      const source = join(expansion.root, whole);
      expansion.found.set(whole, { type: "file", path: whole, digest, executable, size, source });
    } else if (entry.type === "directory") expansion.found.set(whole, { type: "directory", path: whole });
    else bringLink(whole, entry.text, own(identity.targets, entry.path), expansion);
  }
}

function listingOf(path: string, digest: Digest, { root, listings }: Expansion): Listing {
  const known = listings.get(digest);
  if (known !== undefined) return known;
  const tree = readTree(path, sourceIn(root));
  if (tree === undefined || hasher.digest(canonicalListing(tree.listing)) !== digest)
    throw new Unbringable(path, "changed");
  listings.set(digest, tree.listing);
  return tree.listing;
}

function sourceIn(root: string): TreeSource {
  const absolute = (path: string): string => join(root, path);
  return {
    hasher,
    list: (path) => realFiles.readDirectory(absolute(path)),
    expect: () => {},
    link: (path) =>
      realFiles.stat(absolute(path))?.type === "symlink" ? realFiles.readlink(absolute(path)) : undefined,
    size: (path) => realFiles.stat(absolute(path))?.size ?? 0,
    identify: (path) => {
      const stat = realFiles.stat(absolute(path));
      if (stat?.type !== "file") return undefined;
      return { type: "file", digest: realFiles.digest(absolute(path)), executable: isExecutable(stat) };
    },
  };
}
