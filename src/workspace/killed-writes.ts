import { basename, dirname } from "node:path";
import { canonicalListing, parseListing } from "../files/listing.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Identity, Listing } from "../model/identity.ts";
import { temporaryName } from "../store/blobs/temporary.ts";
import type { Store } from "../store/store.ts";
import type { Workspace } from "./workspace.ts";

/** The identity of a path before a write, and the intended one. */
interface Passage {
  readonly path: string;
  readonly before?: Identity;
  readonly identity: Identity;
}

/**
 * True for a directory that holds nothing but parts of the one and of the other: the process that was replacing it was
 * killed. A file or symlink is never torn, because it is replaced by renaming.
 */
export function isTorn(workspace: Workspace, store: Store, { path, before, identity }: Passage): boolean {
  const tree = workspace.index.identifyTree(path);
  if (tree === undefined) return false;
  const known = new Set([before, identity].flatMap((side) => listingOf(store, side)).map(textOf));
  // Directories count for empty while they wait for their files.
  return tree.listing.every((entry) => entry.type === "directory" || known.has(textOf(entry)));
}

/**
 * Removes what a killed process was writing beside a place, or in it, before it had its name: all that bears its token.
 */
export function removeTemporaries(workspace: Workspace, path: string, token: string): void {
  const name = temporaryName(token);
  const beside = `${dirname(path)}/${name}`;
  const inside = listingAt(workspace, path).filter((entry) => basename(entry.path) === name);
  // Files and symlinks: no directory ever had such a name.
  for (const found of [beside.replace(/^\.\//, ""), ...inside.map((entry) => `${path}/${entry.path}`)])
    if (isFile(workspace, found)) workspace.remove(found);
  workspace.index.forget(path);
}

/** Empty where something cannot be read: identifying the place reports that. */
function listingAt(workspace: Workspace, path: string): Listing {
  try {
    return workspace.index.identifyTree(path)?.listing ?? [];
  } catch (error) {
    if (error instanceof DiagnosticError) return [];
    throw error;
  }
}

function isFile(workspace: Workspace, path: string): boolean {
  const type = workspace.files.stat(workspace.absolute(path))?.type;
  return type === "file" || type === "symlink";
}

function listingOf(store: Store, identity: Identity | undefined): Listing {
  if (identity?.type !== "directory") return [];
  const bytes = store.blobs.read(identity.digest);
  return bytes === undefined ? [] : parseListing(bytes);
}

function textOf(entry: Listing[number]): string {
  return canonicalListing([entry]).toString();
}
