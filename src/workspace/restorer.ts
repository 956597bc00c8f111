import { dirname } from "node:path";
import { parseListing } from "../files/listing.ts";
import type { Contained } from "../host/files/contained.ts";
import { underUmask } from "../host/process/umask.ts";
import type { Digest } from "../model/digest.ts";
import type { Artifact } from "../model/entry.ts";
import type { Identity, Listing, ListingEntry } from "../model/identity.ts";
import { ancestors } from "../model/path.ts";
import { bitsOf, entriesWithBits, kindOf } from "../model/permissions.ts";
import { temporaryBeside } from "../store/blobs/temporary.ts";
import type { Store } from "../store/store.ts";
import type { Workspace } from "./workspace.ts";

/** An artifact to put in its place. */
export type Restorable = Pick<Artifact, "path" | "identity" | "permissions">;

interface WrittenFile {
  readonly path: string;
  readonly digest: Digest;
  /** In microseconds since the epoch; absent: now. */
  readonly time?: number | undefined;
}

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

  /**
   * Gives the paths of the files that were written. Undefined: a blob was missing or damaged, and the place is torn.
   * @param time Of the artifact, if it is a file, in microseconds since the epoch.
   */
  restore(artifact: Restorable, time?: number): readonly string[] | undefined {
    const { tree, path: place } = this.#workspace.place(artifact.path);
    const forget = (): void => this.#workspace.index.forget(artifact.path);
    try {
      return tree.unlocking(place, () => this.#write(artifact, time), forget);
    } finally {
      forget();
    }
  }

  /** Paths of the files of an artifact whose bytes are in the store. */
  filesOf({ path, identity }: Restorable): readonly string[] {
    if (identity.type === "file") return [path];
    const listing = identity.type === "directory" ? (this.#listing(identity.digest) ?? []) : [];
    return listing.flatMap((entry) => (entry.type === "file" ? [`${path}/${entry.path}`] : []));
  }

  #write({ path, identity, permissions }: Restorable, time?: number): readonly string[] | undefined {
    const { tree, path: place } = this.#workspace.place(path);
    const bits = bitsOf(permissions);
    this.#clear(path, identity.type === "directory" ? "directory" : "file");
    if (identity.type === "directory") return this.#writeTree(path, identity, bits);
    if (identity.type === "file")
      return this.#writeFile(tree, { ...identity, path: place, time }, fileBits(bits, "", identity))
        ? [path]
        : undefined;
    tree.symlink(identity.text, place, temporaryBeside);
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
    const { tree, path: place } = this.#workspace.place(path);
    const isNew = makeAlone(tree, place);
    return tree.within(place, (inside) => {
      const present = this.#removeOthers(inside, path, wanted);
      const made = new Set(isNew ? [""] : []);
      const missing = wanted.filter((entry) => !present.has(entry.path));
      for (const entry of missing) {
        const directory = entry.type === "directory" ? entry.path : dirname(entry.path);
        if (directory !== ".") for (const step of inside.makeDirectory(directory, BUILDING)) made.add(step);
        if (!this.#writeEntry(inside, entry, bits)) return undefined;
      }
      for (const [member, kind] of [...entriesWithBits(wanted)].sort(([a], [b]) => b.length - a.length)) {
        const wants = bits(member, kind) ?? (made.has(member) ? underUmask(0o777) : undefined);
        if (wants === undefined || (kind !== "directory" && !present.has(member))) continue;
        if (member === "") tree.chmod(place, wants);
        else inside.chmod(member, wants);
      }
      return missing.flatMap((entry) => (entry.type === "file" ? [`${path}/${entry.path}`] : []));
    });
  }

  /** Removes the members of a directory that are not wanted as they are; returns the others. */
  #removeOthers(inside: Contained, path: string, wanted: Listing): ReadonlySet<string> {
    const present = new Map(this.#workspace.index.identifyTree(path)?.listing.map((entry) => [entry.path, entry]));
    const isAsWanted = (entry: ListingEntry): boolean => sameEntry(present.get(entry.path), entry);
    const common = new Set(wanted.filter(isAsWanted).map((entry) => entry.path));
    const others = [...present.keys()].filter((name) => !common.has(name));
    for (const name of others) inside.remove(name);
    removeEmptied(inside, others);
    return common;
  }

  #writeEntry(inside: Contained, entry: ListingEntry, bits: Bits): boolean {
    if (entry.type === "file") return this.#writeFile(inside, entry, fileBits(bits, entry.path, entry));
    if (entry.type === "symlink") inside.symlink(entry.text, entry.path, temporaryBeside);
    return true;
  }

  #writeFile(tree: Contained, { path, digest, time }: WrittenFile, mode: number): boolean {
    return tree.at(path, (place) => this.#store.blobs.restore(digest, place, mode, time), true);
  }

  /** Removes what is of another type. */
  #clear(path: string, type: "file" | "directory"): void {
    const stat = this.#workspace.files.stat(this.#workspace.absolute(path));
    if (stat !== undefined && (stat.type === "directory") !== (type === "directory")) this.#workspace.remove(path);
  }

  #listing(digest: Digest): Listing | undefined {
    const bytes = this.#store.blobs.read(digest);
    return bytes === undefined ? undefined : parseListing(bytes);
  }
}

/** The bits that a file is to get: as they were recorded, else as if the user made it now. */
export function fileBits(bits: Bits, path: string, file: { readonly executable: boolean }): number {
  return bits(path, kindOf(file)) ?? underUmask(file.executable ? 0o777 : 0o666);
}

/** Makes a directory for the owner alone, in directories with ordinary permissions. True: it was not there. */
function makeAlone(tree: Contained, path: string): boolean {
  tree.at(path, () => {}, true);
  return tree.makeDirectory(path, BUILDING).length > 0;
}

function sameEntry(a: ListingEntry | undefined, b: ListingEntry): boolean {
  if (a?.type !== b.type) return false;
  if (a.type === "file") return b.type === "file" && a.digest === b.digest && a.executable === b.executable;
  return a.type === "directory" || (b.type === "symlink" && a.text === b.text);
}

/** Directories that held only what was just removed: they would count as empty directories of the artifact. */
function removeEmptied(root: Contained, removed: readonly string[]): void {
  for (const name of removed) for (const above of ancestors(name)) if (!root.removeEmpty(above)) break;
}
