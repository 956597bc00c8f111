import { readFileSync } from "node:fs";
import { canonicalListing } from "../files/listing.ts";
import type { Hasher } from "../host/files/host.ts";
import { defined } from "../model/defined.ts";
import type { Digest } from "../model/digest.ts";
import type { Artifact, Entry, NewVersion } from "../model/entry.ts";
import type { Output } from "../model/graph.ts";
import { asOutput, contentOf, type Identity } from "../model/identity.ts";
import { pathName } from "../model/object-name.ts";
import { type Permissions, permissionsOf } from "../model/permissions.ts";
import { SMALL_BLOB } from "../store/blobs/blobs.ts";
import { isStored } from "../store/blobs/stored.ts";
import type { Store } from "../store/store.ts";
import { madeOrder, restoredTimes } from "./restored-times.ts";
import { type Restorable, Restorer } from "./restorer.ts";
import type { Workspace } from "./workspace.ts";

/** An entry whose outputs are to be restored. */
type RestorableEntry = Pick<Entry, "made"> & { readonly outputs: readonly Restorable[] };

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
    return identity === undefined ? undefined : asOutput(identity);
  }

  /** True when every byte of it is in the store. */
  available({ identity }: Artifact): boolean {
    return isStored(this.#store.blobs, identity);
  }

  /** Looks at an output anew, as an attempt left it. Undefined: it is not there. */
  inspect(output: Pick<Output, "name" | "path">): Artifact | undefined {
    this.#workspace.index.forget(output.path);
    const { name, path } = output;
    const identity = this.identify(path);
    if (identity === undefined) return undefined;
    const permissions = this.permissions(path, identity);
    const size = this.#size(path, identity);
    return { name, path, identity, size, ...defined({ permissions }) };
  }

  /** Permission bits as they were last seen. */
  permissions(path: string, identity: Identity): Permissions | undefined {
    const { index } = this.#workspace;
    const listing = identity.type === "directory" ? index.identifyTree(path)?.listing : undefined;
    return permissionsOf(identity, listing, (inside) => index.mode(inside === "" ? path : `${path}/${inside}`));
  }

  /**
   * Takes the bytes of an artifact into the store. False when they are no longer what was digested: another process
   * writes there.
   * @param durable They cannot be made again: they reach the disk before the commit that names them.
   */
  take(artifact: Artifact, durable = false): boolean {
    const { identity } = artifact;
    const content = contentOf(identity);
    if (content.type === "symlink") return true;
    if (content.type === "file") return this.#takeFile(artifact.path, content.digest, artifact.size, durable);
    // Of a directory that a symlink leads to nothing is stored.
    if (identity.type === "symlink") return false;
    const tree = this.#workspace.index.identifyTree(artifact.path);
    if (tree === undefined || tree.identity.digest !== content.digest) return false;
    const { listing } = tree;
    for (const entry of listing)
      if (entry.type === "file" && !this.#takeFile(`${artifact.path}/${entry.path}`, entry.digest, entry.size, durable))
        return false;
    this.#store.blobs.putBytes(canonicalListing(listing));
    return true;
  }

  /**
   * Puts an artifact where the workspace expects it; its files get one time. False: a blob was missing or damaged, and
   * the place is torn.
   */
  restore(artifact: Restorable): boolean {
    return this.restoreOutputs({ outputs: [artifact] }, [artifact]);
  }

  /** Puts some outputs of an entry where they belong; their files get times in the order in which they were made. */
  restoreOutputs(entry: RestorableEntry, differing: readonly Restorable[]): boolean {
    const restorer = new Restorer(this.#workspace, this.#store);
    const { index } = this.#workspace;
    // Which files of a directory are written is known only afterwards.
    const early = differing.some(({ identity }) => identity.type === "directory")
      ? undefined
      : this.#timesOf(restorer, entry, new Set(differing.flatMap((artifact) => restorer.filesOf(artifact))));
    const written = new Set<string>();
    for (const artifact of differing) {
      const { path, identity } = artifact;
      const time = early?.get(path);
      const paths = restorer.restore(artifact, time);
      if (paths === undefined) return false;
      for (const file of paths) written.add(file);
      if (identity.type === "file" && time !== undefined) index.ahead.know(path, identity.digest, time);
    }
    if (early === undefined) this.#date(this.#timesOf(restorer, entry, written));
    return true;
  }

  /** In which order files of outputs were made, by what was last seen of them. */
  madeOrder(outputs: readonly Artifact[]): readonly number[] | undefined {
    const { index } = this.#workspace;
    const files = outputs.flatMap(({ path, identity }) => {
      if (identity.type === "file") return [path];
      const listing = identity.type === "directory" ? (index.identifyTree(path)?.listing ?? []) : [];
      return listing.flatMap((entry) => (entry.type === "file" ? [`${path}/${entry.path}`] : []));
    });
    return madeOrder(files.map((path) => index.mtime(path) ?? 0n));
  }

  #timeOf(path: string): bigint | undefined {
    return this.#workspace.files.stat(this.#workspace.absolute(path))?.mtime;
  }

  /** The times of written files, in microseconds since the epoch. */
  #timesOf(
    restorer: Restorer,
    { outputs, made = [] }: RestorableEntry,
    written: ReadonlySet<string>,
  ): ReadonlyMap<string, number> {
    if (written.size === 0) return new Map();
    const files = made.length === 0 ? [...written] : outputs.flatMap((artifact) => restorer.filesOf(artifact));
    const times = restoredTimes(
      files.map((path, i) => {
        const keptTime = made.length > 0 && !written.has(path) ? this.#timeOf(path) : undefined;
        return { place: made[i] ?? 0, ...defined({ keptTime }) };
      }),
    );
    return new Map(files.flatMap((path, i) => (times[i] === undefined ? [] : [[path, times[i]] as const])));
  }

  #date(times: ReadonlyMap<string, number>): void {
    for (const [file, time] of times) {
      const { tree, path } = this.#workspace.place(file);
      tree.touch(path, time / 1e6);
    }
  }

  #takeFile(path: string, digest: Digest, size: number, durable: boolean): boolean {
    if (size < SMALL_BLOB ? this.#store.blobs.hasSmall(digest) : this.#store.blobs.has(digest)) return true;
    if (size >= SMALL_BLOB) return this.#store.blobs.putFile(this.#workspace.absolute(path), digest, durable);
    const held = this.#workspace.index.takeBytes(path);
    if (held?.digest === digest && held.bytes.length < SMALL_BLOB) {
      this.#store.blobs.putNew(digest, held.bytes);
      return true;
    }
    try {
      return this.#store.blobs.putBytes(readFileSync(this.#workspace.absolute(path))) === digest;
    } catch {
      return false;
    }
  }

  #size(path: string, identity: Identity): number {
    if (identity.type === "directory") return this.#workspace.index.identifyTree(path)?.size ?? 0;
    return this.#workspace.files.stat(this.#workspace.absolute(path))?.size ?? 0;
  }
}

/** What a version of an artifact's path takes over from it. */
export function versionOf(artifact: Artifact): Pick<NewVersion, "name" | "identity" | "size" | "permissions"> {
  const { path, identity, size, permissions } = artifact;
  return { name: pathName(path), identity, size, ...defined({ permissions }) };
}
