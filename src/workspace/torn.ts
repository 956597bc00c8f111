import { basename, dirname } from "node:path";
import { canonicalListing, parseListing } from "../files/listing.ts";
import type { Identity, Listing } from "../model/identity.ts";
import { TEMPORARY_MARK } from "../store/blobs/temporary.ts";
import type { Store } from "../store/store.ts";
import type { Workspace } from "./workspace.ts";

/** What stood at a path and what is to stand there. */
interface Passage {
  readonly path: string;
  readonly before?: Identity;
  readonly identity: Identity;
}

/**
 * True for a directory that holds nothing but what belongs to the one or to the other: somebody who was replacing it was
 * killed. A file or symlink is never torn, because it is replaced by renaming.
 */
export function isTorn(workspace: Workspace, store: Store, { path, before, identity }: Passage): boolean {
  const tree = workspace.index.identifyTree(path);
  if (tree === undefined) return false;
  const known = new Set([before, identity].flatMap((side) => listingOf(store, side)).map(textOf));
  // Directories count for empty while they wait for their files.
  return tree.listing.every((entry) => entry.type === "directory" || known.has(textOf(entry)));
}

/** Removes what a killed process was writing beside a place, or in it, before it had its name. */
export function removeTemporaries(workspace: Workspace, store: Store, path: string, identity: Identity): void {
  removeBeside(workspace, path);
  workspace.index.forget(path);
  const names = new Set(listingOf(store, identity).map((entry) => entry.path));
  for (const { path: inside } of workspace.index.identifyTree(path)?.listing ?? []) {
    const mark = inside.lastIndexOf(TEMPORARY_MARK);
    if (mark > 0 && names.has(inside.slice(0, mark))) workspace.remove(`${path}/${inside}`);
  }
  workspace.index.forget(path);
}

/** The same beside one path alone: inside of a directory it makes that one torn. */
export function removeBeside(workspace: Workspace, path: string): void {
  const directory = dirname(path);
  const beginning = basename(path) + TEMPORARY_MARK;
  for (const { name } of workspace.files.readDirectory(workspace.absolute(directory)) ?? [])
    if (name.startsWith(beginning)) workspace.remove(`${directory}/${name}`);
}

function listingOf(store: Store, identity: Identity | undefined): Listing {
  if (identity?.type !== "directory") return [];
  const bytes = store.readBlob(identity.digest);
  return bytes === undefined ? [] : parseListing(bytes);
}

function textOf(entry: Listing[number]): string {
  return canonicalListing([entry]).toString();
}
