import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseListing } from "../files/listing.ts";
import { removeTree, withUnlocked } from "../host/files/remove-tree.ts";
import { underUmask } from "../host/process/umask.ts";
import type { Artifact } from "../model/entry.ts";
import type { Identity, Listing, ListingEntry } from "../model/identity.ts";
import { bitsOf, kindOf, membersOf } from "../model/permissions.ts";
import { temporaryBeside } from "../store/blobs/temporary.ts";
import type { Store } from "../store/store.ts";
import type { Workspace } from "./workspace.ts";

/** What is put where. */
export type Restorable = Pick<Artifact, "path" | "identity" | "permissions">;

type Bits = ReturnType<typeof bitsOf>;

/** Directories are the owner's alone until everything is in them. */
const BUILDING = 0o700;

/** Puts artifacts where the workspace expects them. */
export class Restorer {
  readonly #workspace: Workspace;
  readonly #store: Store;

  constructor(workspace: Workspace, store: Store) {
    this.#workspace = workspace;
    this.#store = store;
  }

  /** Gives the paths of the files that were written. Undefined: a blob was missing or damaged, and the place is torn. */
  restore(artifact: Restorable): readonly string[] | undefined {
    const { path } = artifact;
    const forget = (): void => this.#workspace.index.forget(path);
    try {
      return withUnlocked(this.#workspace.absolute(path), () => this.#write(artifact), forget);
    } finally {
      forget();
    }
  }

  #write({ path, identity, permissions }: Restorable): readonly string[] | undefined {
    const absolute = this.#workspace.absolute(path);
    const bits = bitsOf(permissions);
    mkdirSync(dirname(absolute), { recursive: true });
    if (identity.type === "directory") return this.#writeTree(path, identity, bits);
    this.#clear(absolute, "file");
    if (identity.type === "file")
      return this.#store.restoreFile(identity.digest, absolute, fileBits(bits, "", identity)) ? [path] : undefined;
    symlink(identity.text, absolute);
    return [];
  }

  /** Changes only what differs: of a directory of 10,000 files with one edited, one is written. */
  #writeTree(
    path: string,
    { digest }: Identity & { readonly type: "directory" },
    bits: Bits,
  ): readonly string[] | undefined {
    const wanted = this.#listing(digest);
    if (wanted === undefined) return undefined;
    const absolute = this.#workspace.absolute(path);
    this.#clear(absolute, "directory");
    const kept = this.#keepCommon(path, wanted);
    const made = new Set<string>();
    const makeDirectory = (directory: string): void => {
      for (let end = 0; end !== -1; ) {
        end = directory.indexOf("/", end + 1);
        const step = end === -1 ? directory : directory.slice(0, end);
        if (mkdirIfAbsent(join(absolute, step))) made.add(step);
      }
    };
    if (mkdirIfAbsent(absolute)) made.add("");
    const missing = wanted.filter((entry) => !kept.has(entry.path));
    for (const entry of missing) {
      const directory = entry.type === "directory" ? entry.path : dirname(entry.path);
      if (directory !== ".") makeDirectory(directory);
      if (!this.#writeEntry(join(absolute, entry.path), entry, bits)) return undefined;
    }
    for (const [inside, kind] of [...membersOf(wanted)].sort(([a], [b]) => b.length - a.length)) {
      const wants = bits(inside, kind) ?? (made.has(inside) ? underUmask(0o777) : undefined);
      if (wants !== undefined && (kind === "directory" || kept.has(inside))) setBits(join(absolute, inside), wants);
    }
    return missing.flatMap((entry) => (entry.type === "file" ? [`${path}/${entry.path}`] : []));
  }

  /** Removes what is not to be there; gives what is there already. */
  #keepCommon(path: string, wanted: Listing): ReadonlySet<string> {
    const absolute = this.#workspace.absolute(path);
    const present = new Map(this.#workspace.index.identifyTree(path)?.listing.map((entry) => [entry.path, entry]));
    const common = wanted.filter((entry) => sameEntry(present.get(entry.path), entry)).map((entry) => entry.path);
    const kept = new Set(common);
    const gone = [...present.keys()].filter((name) => !kept.has(name));
    for (const name of gone) rmSync(join(absolute, name), { recursive: true, force: true });
    this.#removeEmptied(absolute, gone);
    return kept;
  }

  #writeEntry(absolute: string, entry: ListingEntry, bits: Bits): boolean {
    if (entry.type === "file")
      return this.#store.restoreFile(entry.digest, absolute, fileBits(bits, entry.path, entry));
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
    if (stat !== undefined && (stat.type === "directory") !== (type === "directory")) removeTree(absolute);
  }

  #listing(digest: (Identity & { readonly type: "directory" })["digest"]): Listing | undefined {
    const bytes = this.#store.readBlob(digest);
    return bytes === undefined ? undefined : parseListing(bytes);
  }
}

/** The bits that a file is to get: as they were recorded, else as if the user made it now. */
export function fileBits(bits: Bits, path: string, file: { readonly executable: boolean }): number {
  return bits(path, kindOf(file)) ?? underUmask(file.executable ? 0o777 : 0o666);
}

function setBits(absolute: string, bits: number): void {
  const stat = lstatSync(absolute);
  if (!stat.isSymbolicLink() && (stat.mode & 0o777) !== bits) chmodSync(absolute, bits);
}

function mkdirIfAbsent(absolute: string): boolean {
  if (lstatSync(absolute, { throwIfNoEntry: false }) !== undefined) return false;
  mkdirSync(absolute, BUILDING);
  return true;
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
