import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { symlinkedComponent } from "../execute/outputs.ts";
import { parseListing } from "../files/listing.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import type { Version } from "../model/entry.ts";
import { contentOf, type Identity, type ListingEntry } from "../model/identity.ts";
import { parseName } from "../model/object-name.ts";
import { bitsOf, entriesWithBits } from "../model/permissions.ts";
import { isStored } from "../store/blobs/stored.ts";
import type { Store } from "../store/store.ts";
import { fileBits } from "../workspace/restorer.ts";
import { missingBytes } from "./missing-bytes.ts";

/** Where to put a copy of a version. */
export interface Destination {
  /** Absolute. A file goes into it, under its own name, when it is a directory. */
  readonly path: string;
  /** As typed: with a trailing slash it is a directory, which is created if missing. */
  readonly shown: string;
  /** Files that are there are replaced; nothing else is removed. */
  readonly force: boolean;
}

/**
 * Copies a version out of the store to any place. What is there already is left alone, unless it is forced.
 * Gives the absolute path that was written. Throws a DiagnosticError.
 */
export function extract(store: Store, of: Version, destination: Destination): string {
  const version = { ...of, identity: contentOf(of.identity) };
  if (!isStored(store.blobs, version.identity)) throw new DiagnosticError(missingBytes(store.history, version));
  const path = version.identity.type === "directory" ? destination.path : filePath(version, destination);
  try {
    mkdirSync(dirname(path), { recursive: true });
    accessSync(dirname(path), constants.W_OK);
    const made = occupy(version.identity, path, destination);
    if (write(store, version, path, destination)) return path;
    if (made) rmSync(path, { recursive: true, force: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined || error instanceof DiagnosticError
      ? error
      : new DiagnosticError(unwritable(destination, code));
  }
  throw new DiagnosticError(missingBytes(store.history, version));
}

function filePath(version: Version, { path, shown }: Destination): string {
  const into = shown.endsWith("/") || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return into ? join(path, basename(parseName(version.name).id)) : path;
}

/** Refuses a destination that is taken. True: there is nothing at it. */
function occupy(identity: Identity, path: string, destination: Destination): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return true;
  if (identity.type === "directory") {
    if (!stat.isDirectory()) throw new DiagnosticError(taken(path, destination, "is no directory", false));
    if (readdirSync(path).length > 0 && !destination.force)
      throw new DiagnosticError(taken(path, destination, "is a directory that is not empty", true));
  } else if (stat.isDirectory()) throw new DiagnosticError(taken(path, destination, "is a directory", false));
  else if (!destination.force) throw new DiagnosticError(taken(path, destination, "is there already", true));
  return false;
}

/** Writes a version to a free place. False: a blob is damaged. */
function write(store: Store, { identity, permissions }: Version, path: string, destination: Destination): boolean {
  const bits = bitsOf(permissions);
  if (identity.type === "directory") return new DirectoryCopy(store, path, destination, bits).write(identity.digest);
  if (identity.type === "file") return store.blobs.restore(identity.digest, path, fileBits(bits, "", identity));
  link(identity.text, path);
  return true;
}

/** Writes a directory of the store to a place. */
class DirectoryCopy {
  readonly #store: Store;
  readonly #root: string;
  readonly #destination: Destination;
  readonly #bits: ReturnType<typeof bitsOf>;

  constructor(store: Store, root: string, destination: Destination, bits: ReturnType<typeof bitsOf>) {
    this.#store = store;
    this.#root = root;
    this.#destination = destination;
    this.#bits = bits;
  }

  /** Writes the directory with a listing. False: a blob is missing or damaged. */
  write(listingDigest: Digest): boolean {
    const bytes = this.#store.blobs.read(listingDigest);
    if (bytes === undefined) return false;
    const listing = parseListing(bytes);
    mkdirSync(this.#root, { recursive: true });
    if (!listing.every((entry) => this.#writeEntry(entry))) return false;
    // Deepest paths first: a directory that loses its write permission must have all its entries by then.
    for (const [inside, kind] of [...entriesWithBits(listing)].sort(([a], [b]) => b.length - a.length)) {
      const own = kind === "directory" ? this.#bits(inside, kind) : undefined;
      if (own !== undefined) chmodSync(join(this.#root, inside), own);
    }
    return true;
  }

  #writeEntry(entry: ListingEntry): boolean {
    const path = join(this.#root, entry.path);
    // Writing through an existing symlink would change files elsewhere.
    const through = symlinkedComponent(this.#root, entry.path);
    if (through !== undefined) throw this.#taken(join(this.#root, through), "is a symlink");
    mkdirSync(entry.type === "directory" ? path : dirname(path), { recursive: true });
    if (entry.type === "directory") return true;
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw this.#taken(path, "is a directory");
    if (entry.type === "file")
      return this.#store.blobs.restore(entry.digest, path, fileBits(this.#bits, entry.path, entry));
    link(entry.text, path);
    return true;
  }

  #taken(path: string, what: string): DiagnosticError {
    return new DiagnosticError(taken(path, this.#destination, what, false));
  }
}

function link(text: string, path: string): void {
  rmSync(path, { force: true });
  symlinkSync(text, path);
}

function taken(path: string, { path: asked, shown }: Destination, what: string, forcible: boolean): Diagnostic {
  return {
    code: "INC1034",
    severity: "error",
    message: `"${join(shown, relative(asked, path))}" ${what}: it is not overwritten`,
    help: [forcible ? "choose another path, or overwrite it with --force" : "choose another path"],
  };
}

function unwritable({ shown }: Destination, code: string): Diagnostic {
  return {
    code: "INC1035",
    severity: "error",
    message: `"${shown}" cannot be written (${code})`,
    help: ["choose a path that you may write to"],
  };
}
