import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { canonicalListing, parseListing } from "../fingerprint/listing.ts";
import type { Hasher } from "../host/host.ts";
import type { Digest } from "../model/digest.ts";
import type { Artifact } from "../model/entry.ts";
import type { Output } from "../model/graph.ts";
import { contentOf, type Identity, type Listing, type ListingEntry } from "../model/identity.ts";
import { SMALL_BLOB } from "../store/blobs.ts";
import { isKept } from "../store/kept.ts";
import type { Store } from "../store/store.ts";
import { temporaryBeside } from "../store/temporary.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Moves outputs between the workspace and the store. A file is one blob; a directory is the blob of its canonical
 * listing, whose digest is the directory's, and one blob a file; a symlink is its text and needs no blob.
 */
export class Artifacts {
  readonly #workspace: Workspace;
  readonly #store: Store;

  constructor(workspace: Workspace, store: Store) {
    this.#workspace = workspace;
    this.#store = store;
  }

  get hasher(): Hasher {
    return this.#workspace.hasher;
  }

  /** What an output is now. Of symlinks their text counts, not what they lead to, for inc wrote only the links. */
  identify(path: string): Identity | undefined {
    const identity = this.#workspace.index.identify(path);
    if (identity?.type === "symlink") return { type: "symlink", text: identity.text };
    return identity?.type === "directory" ? { type: "directory", digest: identity.digest } : identity;
  }

  /** True when every byte of it is in the store. */
  available({ identity }: Artifact): boolean {
    return isKept(this.#store, identity);
  }

  /** Looks at an output anew, as an attempt left it. Undefined: it is not there. */
  inspect(output: Pick<Output, "name" | "path">): Artifact | undefined {
    this.#workspace.index.forget(output.path);
    const identity = this.identify(output.path);
    return identity === undefined
      ? undefined
      : { name: output.name, path: output.path, identity, size: this.#size(output.path, identity) };
  }

  /**
   * Takes the bytes of an artifact into the store. False when they are no longer what was digested: someone else is
   * writing there.
   * @param durable They cannot be made again: they reach the disk before the commit that names them.
   */
  take(artifact: Artifact, durable = false): boolean {
    const { identity } = artifact;
    const content = contentOf(identity);
    if (content.type === "symlink") return true;
    if (content.type === "file") return this.#takeFile(artifact.path, content.digest, artifact.size, durable);
    // Of a directory that a symlink leads to nothing is kept.
    if (identity.type === "symlink") return false;
    const tree = this.#workspace.index.identifyTree(artifact.path);
    if (tree === undefined || tree.identity.digest !== content.digest) return false;
    const { listing } = tree;
    for (const entry of listing)
      if (entry.type === "file" && !this.#takeFile(`${artifact.path}/${entry.path}`, entry.digest, entry.size, durable))
        return false;
    this.#store.putBytes(canonicalListing(listing));
    return true;
  }

  /** Puts an artifact where the workspace expects it. False: a blob was missing or damaged, and the place is torn. */
  restore({ path, identity }: Artifact): boolean {
    const done = this.#write(path, identity);
    this.#workspace.index.forget(path);
    return done;
  }

  #takeFile(path: string, digest: Digest, size: number, durable: boolean): boolean {
    const absolute = this.#workspace.absolute(path);
    if (size < SMALL_BLOB ? this.#store.hasSmallBlob(digest) : this.#store.hasBlob(digest)) return true;
    if (size >= SMALL_BLOB) return this.#store.putFile(absolute, digest, durable);
    try {
      return this.#store.putBytes(this.#workspace.index.takeBytes(path) ?? readFileSync(absolute)) === digest;
    } catch {
      return false;
    }
  }

  #write(path: string, identity: Identity): boolean {
    const absolute = this.#workspace.absolute(path);
    mkdirSync(dirname(absolute), { recursive: true });
    if (identity.type === "directory") return this.#writeTree(path, identity.digest);
    this.#clear(absolute, "file");
    if (identity.type === "file")
      return this.#store.restoreFile(identity.digest, absolute, identity.executable ? 0o755 : 0o644);
    symlink(identity.text, absolute);
    return true;
  }

  /** Changes only what differs: of a directory of 10,000 files with one edited, one is written. */
  #writeTree(path: string, digest: Digest): boolean {
    const wanted = this.#listing(digest);
    if (wanted === undefined) return false;
    const absolute = this.#workspace.absolute(path);
    this.#clear(absolute, "directory");
    const present = new Map(this.#workspace.index.identifyTree(path)?.listing.map((entry) => [entry.path, entry]));
    const keep = new Set(
      wanted.filter((entry) => sameEntry(present.get(entry.path), entry)).map((entry) => entry.path),
    );
    for (const name of present.keys())
      if (!keep.has(name)) rmSync(join(absolute, name), { recursive: true, force: true });
    this.#removeEmptied(
      absolute,
      [...present.keys()].filter((name) => !keep.has(name)),
    );
    mkdirSync(absolute, { recursive: true });
    return wanted.every((entry) => keep.has(entry.path) || this.#writeEntry(absolute, entry));
  }

  #writeEntry(root: string, entry: ListingEntry): boolean {
    const absolute = join(root, entry.path);
    mkdirSync(entry.type === "directory" ? absolute : dirname(absolute), { recursive: true });
    if (entry.type === "file") return this.#store.restoreFile(entry.digest, absolute, entry.executable ? 0o755 : 0o644);
    if (entry.type === "symlink") symlink(entry.text, absolute);
    return true;
  }

  /** Directories that held only what was just removed: they would count as empty directories of the artifact. */
  #removeEmptied(root: string, removed: readonly string[]): void {
    for (const name of removed)
      for (let parent = dirname(name); parent !== "."; parent = dirname(parent))
        if (!this.#workspace.files.readDirectory(join(root, parent))?.length)
          rmSync(join(root, parent), { recursive: true, force: true });
        else break;
  }

  /** Makes room where something of another type stands. */
  #clear(absolute: string, type: "file" | "directory"): void {
    const stat = this.#workspace.files.stat(absolute);
    if (stat !== undefined && (stat.type === "directory") !== (type === "directory"))
      rmSync(absolute, { recursive: true, force: true });
  }

  #listing(digest: Digest): Listing | undefined {
    const bytes = this.#store.readBlob(digest);
    return bytes === undefined ? undefined : parseListing(bytes);
  }

  #size(path: string, identity: Identity): number {
    if (identity.type === "directory") return this.#workspace.index.identifyTree(path)?.size ?? 0;
    return this.#workspace.files.stat(this.#workspace.absolute(path))?.size ?? 0;
  }
}

function sameEntry(a: ListingEntry | undefined, b: ListingEntry): boolean {
  if (a?.type !== b.type) return false;
  if (a.type === "file") return b.type === "file" && a.digest === b.digest && a.executable === b.executable;
  return a.type === "directory" || (b.type === "symlink" && a.text === b.text);
}

/** By a temporary name, so that there is always either the old one or the new one. */
function symlink(text: string, absolute: string): void {
  const temporary = temporaryBeside(absolute);
  rmSync(temporary, { force: true });
  symlinkSync(text, temporary);
  renameSync(temporary, absolute);
}
