import {
  accessSync,
  chmodSync,
  constants,
  createReadStream,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { symlinkedComponent } from "../execute/outputs.ts";
import { parseListing } from "../files/listing.ts";
import { quoteWord } from "../graph/shell-text.ts";
import { makeOwnDirectory } from "../host/files/own-files.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Digest } from "../model/digest.ts";
import type { Version } from "../model/entry.ts";
import { contentOf, type Identity, type Listing, type ListingEntry } from "../model/identity.ts";
import { parseName } from "../model/object-name.ts";
import { bitsOf, membersOf } from "../model/permissions.ts";
import { isStored } from "../store/blobs/stored.ts";
import type { Store } from "../store/store.ts";
import { fileBits } from "../workspace/restorer.ts";
import { gone } from "./gone.ts";

/** Where to put a copy of a version. */
export interface Destination {
  /** Absolute. A file goes into it, under its own name, when it is a directory. */
  readonly path: string;
  /** As it was typed: with a slash at its end it is a directory, to be made where there is none. */
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
  if (!isStored(store.blobs, version.identity)) throw new DiagnosticError(gone(store.history, version));
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
  throw new DiagnosticError(gone(store.history, version));
}

/** Up to so many bytes are read at once; more go by a file, so that nothing is given out that was not verified whole. */
const AT_ONCE = 32 * 1024 * 1024;

/** Writes the bytes of a version to a stream; of a symlink what it led to. Throws a DiagnosticError. */
export async function stream(store: Store, version: Version, to: Writable): Promise<void> {
  const { size } = version;
  const identity = contentOf(version.identity);
  if (identity.type === "directory") throw new DiagnosticError(streamless(version));
  if (identity.type === "symlink") return send(Readable.from([Buffer.from(identity.text)]), to);
  if (size <= AT_ONCE) {
    const bytes = store.blobs.read(identity.digest);
    if (bytes === undefined) throw new DiagnosticError(gone(store.history, version));
    return send(Readable.from([bytes]), to);
  }
  const file = openVerified(store, identity.digest);
  if (file === undefined) throw new DiagnosticError(gone(store.history, version));
  return send(createReadStream("", { fd: file }), to);
}

/** A file without a name that holds a blob, verified: it goes with its last descriptor, however this process ends. */
function openVerified(store: Store, digest: Digest): number | undefined {
  const directory = scratchDirectory(store);
  const path = join(directory, `${process.pid}-get`);
  try {
    return store.blobs.restore(digest, path, 0o600) ? openSync(path, "r") : undefined;
  } finally {
    rmSync(path, { force: true });
    if (directory !== temporaryIn(store)) rmSync(directory, { recursive: true, force: true });
  }
}

function temporaryIn(store: Store): string {
  return join(store.directory, "tmp");
}

/** In a store that can only be looked at there is no place for it. */
function scratchDirectory(store: Store): string {
  if (!store.isWritable) return mkdtempSync(join(tmpdir(), "inc-get-"));
  makeOwnDirectory(temporaryIn(store));
  return temporaryIn(store);
}

async function send(from: Readable, to: Writable): Promise<void> {
  try {
    await pipeline(from, to, { end: false });
  } catch (error) {
    // Whoever read it has read enough.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

function filePath(version: Version, { path, shown }: Destination): string {
  const into = shown.endsWith("/") || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return into ? join(path, basename(parseName(version.name).id)) : path;
}

/** Refuses a place that is taken. True: nothing is there. */
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

/** False: a blob turned out to be damaged. */
function write(store: Store, { identity, permissions }: Version, path: string, destination: Destination): boolean {
  const bits = bitsOf(permissions);
  if (identity.type === "file") return store.blobs.restore(identity.digest, path, fileBits(bits, "", identity));
  if (identity.type === "symlink") {
    link(identity.text, path);
    return true;
  }
  const listing = listingOf(store, identity);
  if (listing === undefined) return false;
  mkdirSync(path, { recursive: true });
  if (!listing.every((entry) => writeEntry(store, entry, path, destination, bits))) return false;
  // From the deepest up: one that may not be written is closed once everything is in it.
  for (const [inside, kind] of [...membersOf(listing)].sort(([a], [b]) => b.length - a.length)) {
    const own = kind === "directory" ? bits(inside, kind) : undefined;
    if (own !== undefined) chmodSync(join(path, inside), own);
  }
  return true;
}

function writeEntry(
  store: Store,
  entry: ListingEntry,
  root: string,
  destination: Destination,
  bits: ReturnType<typeof bitsOf>,
): boolean {
  const path = join(root, entry.path);
  // Else files of someone else's would be replaced, at the end of a link that was there before.
  const through = symlinkedComponent(root, entry.path);
  if (through !== undefined) throw new DiagnosticError(taken(join(root, through), destination, "is a symlink", false));
  mkdirSync(entry.type === "directory" ? path : dirname(path), { recursive: true });
  if (entry.type === "directory") return true;
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new DiagnosticError(taken(path, destination, "is a directory", false));
  if (entry.type === "file") return store.blobs.restore(entry.digest, path, fileBits(bits, entry.path, entry));
  link(entry.text, path);
  return true;
}

function link(text: string, path: string): void {
  rmSync(path, { force: true });
  symlinkSync(text, path);
}

function listingOf(store: Store, identity: Identity & { readonly type: "directory" }): Listing | undefined {
  const bytes = store.blobs.read(identity.digest);
  return bytes === undefined ? undefined : parseListing(bytes);
}

function taken(path: string, { path: asked, shown }: Destination, what: string, forcible: boolean): Diagnostic {
  return {
    code: "INC1034",
    severity: "error",
    message: `"${join(shown, relative(asked, path))}" ${what}: it is not overwritten`,
    help: [forcible ? "give another place, or --force to overwrite it" : "give another place"],
  };
}

function streamless({ name, n }: Version): Diagnostic {
  return {
    code: "INC1040",
    severity: "error",
    message: `${name}@${n} is a directory, which cannot go to stdout`,
    help: [`give a place for it: inc get ${quoteWord(`${name}@${n}`)} -o DIRECTORY`],
  };
}

function unwritable({ shown }: Destination, code: string): Diagnostic {
  return {
    code: "INC1035",
    severity: "error",
    message: `"${shown}" cannot be written (${code})`,
    help: ["give a place where you may write"],
  };
}
